"""The table of what people say: a pattern of a whole clause, and the wish that it is.

The first pattern that fits wins, so the narrow ones stand first. A builder that returns None passes a clause on.
"""

from __future__ import annotations

import re
from enum import Enum

from persona_tui.designer.talk import builders
from persona_tui.designer.talk.builders import Build
from persona_tui.designer.talk.wishes import Help
from persona_tui.spec.options import OPTIONS
from persona_tui.spec.persona import Temperature


class Kind(Enum):
    """How a pattern is tried."""

    ANY = 1
    """On a clause without its politeness, questions too."""
    STATED = 2
    """The same, but not on a question that is no request."""
    OWN_WORDS = 3
    """On a clause with its last words as they are, because the person's own words are in it; on no mere question."""


_CHANGE = (
    r"(?:(?:please\s+)?(?:set|change|make|turn|switch|put|edit|update|rewrite|let|use|have|with)\s+)?(?:(?:the"
    r"|its|your|a)\s+)?"
)
_GETS = r"\s*(?::|=|->|\bto\s+be\b|\bto\b|\bshould\s+be\b|\bshall\s+be\b|\bbe\b|\bas\b)\s*:?\s*"
_DROP = r"(?:drop|remove|delete|get\s+rid\s+of|take\s+(?:out|away)|discard|erase|scrap|omit|cut|lose|ditch|kill|strike)"
_ADD = r"(?:add|include|insert|create|write|append|give\s+(?:it|me)|i\s+want|make|have|want|need)"
_IT = (
    r"(?:it|me|us|this\s+persona|this|that|the\s+persona|the\s+model|the\s+assistant|yourself|them|the\s+answers?|its\s+answers?"
    r"|answers?|replies|responses)"
)
_MODEL = r"['\"`]?(?P<model>[A-Za-z0-9][\w./-]*(?::[\w.-]+)?)['\"`]?"
_VALUE = r"(?P<value>\S.*)"
_MORE = r"(?:(?:much|even|far|still|a\s+bit|a\s+little|a\s+lot|slightly|way|bit|somewhat)\s+)*"
_MAKE = (
    rf"(?:(?:make|keep|give|get|be|become|have|turn|write|answer|reply|respond"
    rf"|i\s+want)\s+)?(?:{_IT}\s+)?(?:to\s+)?(?:be\s+)?"
)
_AGAIN = r"(?:\s+(?:again|still|answers?|replies|responses|output|text|please|somehow|then))*"
_LESS_LONG = r"(?:long(?:-winded)?|verbose|wordy|detailed|chatty|talkative|lengthy|elaborate)"
_LESS_SHORT = r"(?:short|brief|terse|concise|curt)"
_LESS_WILD = r"(?:creative|random|wild|free|loose|imaginative|varied|playful|crazy)"
_LESS_STRICT = r"(?:deterministic|precise|rigid|dry|boring|predictable|stiff|cold)"
_SHORTER = (
    rf"(?:shorter|briefer|terser|tighter|more\s+{_LESS_SHORT}|less\s+{_LESS_LONG}|less\s+detail|fewer\s+words"
    rf"|(?:short|brief|concise)(?:ly)?)"
)
_LONGER = (
    rf"(?:longer|wordier|more\s+(?:{_LESS_LONG}|thorough|extensive|in\s+depth|words)|more\s+details?"
    rf"|less\s+{_LESS_SHORT})"
)
_WILDER = (
    rf"(?:wilder|looser|freer|bolder|warmer|hotter|crazier|more\s+(?:{_LESS_WILD}|adventurous|surprising|variety"
    rf"|creativity|randomness)|less\s+{_LESS_STRICT})"
)
_STRICTER = (
    rf"(?:colder|cooler|more\s+(?:{_LESS_STRICT}|exact|focused|accurate|consistent|careful|precision"
    rf"|conservative|factual|reliable)|less\s+{_LESS_WILD}|preciser)"
)
_TOO = (
    r"(?:(?:it|this|they|that|answers?|the\s+answers?|replies)(?:'s|'re|\s+(?:is|are|gets?"
    r"|come\s+out))?\s+)?(?:(?:still|a\s+bit|way|far|much)\s+)*too\s+"
)
_SPEAK = r"(?:speak|use|switch\s+to|change\s+to|talk)\s+(?P<tongue>\S+(?:\s\S+)?)(?:\s+only)?"
_FORM = (
    r"(?:(?:valid|plain|raw|strict|pure|a|an|one|the)\s+)*(?:JSON|YAML|XML|CSV|TSV|HTML|SQL|TOML|Markdown|LaTeX|text|diff"
    r"|code|patch|list|table)"
)
_PARAMETERS = "|".join(
    re.escape(name).replace("_", r"[\s_-]") for name in OPTIONS if name not in ("temperature", "stop")
)
_FOREIGN_DROP = (
    r"(?:l\u00f6sch\w*|loesch\w*|entfern\w*|streich\w*|remov[ae]r?|apag[aue]\w*|exclu[ai]\w*|elimin[ae]\w*|borr[ae]\w*"
    r"|quit[ae]r?|suppri\w+|retire[rz]?|enl[e\u00e8]ve[rz]?)"
)
_FOREIGN_RULES = r"(?:die|a|as|la|las|les|le)?\s*(?:regeln?|regras?|reglas?|r[e\u00e8]gles?)"
_MADE_FOR = (
    r"(?:make|turn|tailor|adapt|tune|adjust|specialise|specialize|focus|target|gear|aim|limit|change)\s+(?:it"
    r"|this|that|the\s+persona)?\s*"
    r"(?:(?:more\s+)?specific(?:ally)?\s+|specialised\s+|specialized\s+)?(?:to|for|towards?|at|on|into|about|in"
    r"|with|use|using)?"
)
_LEAD = (
    rf"(?:{_MADE_FOR}|specific\s+to|use|using|uses|we\s+(?:use|are\s+using|work\s+with)|we're\s+using|i\s+(?:use"
    rf"|work\s+with)"
    r"|(?:re)?writ(?:e|ing)\s+(?:it|this|everything|all(?:\s+code)?)\s+in|convert\s+(?:it|this)\s+to"
    r"|adopt|switch\s+(?:it\s+)?to|move\s+(?:it\s+)?to|migrate\s+to|go\s+with|target(?:ing)?|focus\s+on|support"
    r"|speciali[sz]ed?\s+(?:in|on|for)"
    r"|(?:it(?:'s|\s+is)\s+)?(?:for|about|with|on|based\s+on|built\s+(?:with|on)|written\s+in)|base\s+it\s+on|be)"
)

PATTERNS: tuple[tuple[Kind, re.Pattern[str], Build], ...] = tuple(
    (kind, re.compile(pattern, re.I | re.A), build)
    for kind, pattern, build in (
        # what can you do?
        (
            Kind.ANY,
            r"(?:help(?:\s+me)?|/?help|commands|usage|instructions|what\s+else|who\s+are\s+you|what\s+are\s+you"
            r"|what\s+(?:else\s+)?(?:can|could|do|should)\s+(?:you|i|we)(?:\s+(?:do|say|ask|understand|know|type"
            r"|change|write))?"
            r"(?:\s+(?:for\s+me|here|you|now|with\s+(?:it|this|you)))*|how\s+(?:do|can|does|should)\s+(?:i|you"
            r"|this|it|we|that)\s+"
            r"(?:work|use\s+(?:this|it)|do\s+(?:this|it)|change\s+(?:it|this|things?|something)|talk\s+to\s+you|help))",
            lambda said, match: Help(said),
        ),
        # why?
        (
            Kind.ANY,
            r"(?:why|explain|justify|how\s+come|what(?:'s|\s+is|\s+does|\s+are)(?=\s+(?:the\s+)?(?:rule|last\s+rule|first\s+rule))|(?:what\s+is|what's|whats)\s+the\s+(?:reason|source|reasoning"
            r"|point)\s*(?:for|of|behind)?"
            r"|where\s+(?:does|did|do|is|are|comes?|was)|who\s+(?:wrote|made|added|says)|(?:the\s+)?source\s+(?:of|for)"
            r"|(?:give|show|tell)\s+me\s+the\s+(?:reasons?|source)\s*(?:for|of|behind)?)\b(?P<what>.*)",
            builders.explain,
        ),
        # rules in the person's words
        (
            Kind.OWN_WORDS,
            r"(?:(?:it|you|they|the\s+model)\s+)?(?P<word>must(?:\s+(?:not|never|always))?|mustn't|always"
            r"|never)\b(?::\s*|\s+)(?P<rest>(?!not\b)\S.*)",
            builders.own_rule,
        ),
        (
            Kind.OWN_WORDS,
            rf"(?:{_ADD}\s+)?(?:(?:a|the|another|this|one|my|following)\s+)*(?:(?:new|more|extra|further"
            rf"|following)\s+)?(?:rule|constraint)\s*:\s*{_VALUE}",
            builders.add_rule,
        ),
        (
            Kind.ANY,
            rf"(?:{_ADD}\s+)?(?:(?:a|the|another|one|some|an)\s+)?(?:(?:new|more|extra|further"
            rf"|good)\s+)*(?:rules?|constraints?|something)\s+(?:about|on|regarding|concerning|against"
            rf"|covering|for|to\s+(?:prevent|avoid|do\s+with)|that\s+(?:covers?|is\s+about"
            rf"|prevents?))\s+(?P<about>.+)",
            builders.add_about,
        ),
        (
            Kind.ANY,
            rf"(?:{_ADD}\s+)?(?:one|another(?:\s+one)?)\s+(?:about|on|regarding|concerning|against)\s+(?P<about>.+)",
            builders.add_about,
        ),
        (
            Kind.OWN_WORDS,
            r"(?:add|include|insert|create|write|append)\s+(?:(?:a|the|another|this|one|my)\s+)*(?:(?:new"
            r"|more|extra|further)\s+)?(?:rule|constraint)\s+(?:(?:that\s+says|saying"
            r"|which\s+says)\s+)?(?P<value>\S.*)",
            builders.add_rule,
        ),
        (Kind.OWN_WORDS, r"(?:add|include)\s+(?P<value>(?:['\"`]\s*)?(?:must|always|never)\b.+)", builders.add_rule),
        # a few words of other languages
        (
            Kind.ANY,
            rf"{_FOREIGN_DROP}\s+{_FOREIGN_RULES}\s+(?P<list>\d{{1,3}}(?:\s*(?:,|und|e|y|et)\s*\d{{1,3}})*)",
            builders.drop_numbers,
        ),
        (
            Kind.ANY,
            r"(?:k\u00fcrzer|kuerzer|mais\s+curt[ao]s?|m[a\u00e1]s\s+(?:corto|breve|conciso)s?|plus\s+court(?:es?|s)?)",
            builders.length(-1),
        ),
        (
            Kind.ANY,
            r"(?:l\u00e4nger|laenger|mais\s+long[ao]s?|m[a\u00e1]s\s+largos?|plus\s+long(?:ue)?s?)",
            builders.length(1),
        ),
        # rules by their number
        (Kind.ANY, r"(?:swap|exchange|switch)\s+(?P<which>.+?)(?:\s+around)?", builders.swap),
        (
            Kind.ANY,
            r"(?:move|put|shift|bring|place|make)\s+(?P<which>(?:the\s+)?(?:rules?|last\s+rule|first\s+rule|#"
            r"|\d).*?)\s+(?P<where>(?:to|up|down|before|after|above|below|at|as|one|the|in|into|first|last"
            r"|two|three|higher|lower)\b.*)",
            builders.move_rule,
        ),
        (
            Kind.ANY,
            r"(?:keep|leave|retain)\s+(?:only|just|nothing\s+but)\s+(?P<which>.+)",
            builders.keep_only,
        ),
        (Kind.ANY, r"(?:keep|retain)\s+(?P<which>.+?)\s+only", builders.keep_only),
        (Kind.ANY, r"(?:raise|promote)\s+(?P<which>.+?)(?P<where>\s+to\s+.+)", builders.move_rule),
        (
            Kind.OWN_WORDS,
            rf"(?:change|replace|rewrite|reword|rephrase|edit|update|set|make"
            rf"|turn)\s+(?P<which>(?:the\s+)?(?:rule|constraint|last|first|second|third"
            rf"|#).*?)(?:\s+(?:to\s+say|to\s+read|to|with|by|as|into|say)\s*:?\s+|\s*(?::|=|->)\s*){_VALUE}",
            builders.replace,
        ),
        (
            Kind.OWN_WORDS,
            rf"(?P<which>(?:the\s+)?(?:(?:rule|constraint)\s*(?:number\s*|no\.?\s*|#)?\w+|(?:last|first|second"
            rf"|third|fourth|fifth)\s+rule|#\d+))(?:\s*(?::|=|->)\s*|\s+(?:should\s+(?:be|say|read)|to\s+be"
            rf"|becomes?)\s*:?\s*){_VALUE}",
            builders.replace,
        ),
        # what may be meant in several ways
        (Kind.ANY, rf"{_MAKE}{_MORE}(?:stricter|more\s+strict|tougher|harsher){_AGAIN}", builders.stricter),
        (Kind.ANY, rf"{_MAKE}{_MORE}(?:laxer|more\s+(?:lenient|relaxed|lax)|less\s+strict){_AGAIN}", builders.laxer),
        (Kind.ANY, rf"{_TOO}(?:strict|harsh|rigorous)", builders.laxer),
        (Kind.ANY, rf"{_TOO}(?:lax|lenient)", builders.stricter),
        # length and temperature
        (Kind.ANY, rf"{_MAKE}{_MORE}{_SHORTER}{_AGAIN}", builders.length(-1)),
        (Kind.ANY, rf"{_MAKE}{_MORE}{_LONGER}{_AGAIN}", builders.length(1)),
        (Kind.ANY, rf"{_TOO}{_LESS_LONG}", builders.length(-1)),
        (Kind.ANY, rf"{_TOO}{_LESS_SHORT}", builders.length(1)),
        (Kind.ANY, rf"(?:don't|do\s+not)\s+(?:be|get)\s+(?:so|that|too|this)\s+{_LESS_LONG}", builders.length(-1)),
        (Kind.ANY, rf"(?:don't|do\s+not)\s+(?:be|get)\s+(?:so|that|too|this)\s+{_LESS_SHORT}", builders.length(1)),
        (
            Kind.ANY,
            r"(?:(?:answer|reply|respond|keep|limit|restrict|cap|cut)\s+)?(?:(?:it|the\s+answers?|answers?"
            r"|replies|responses|its\s+answers?)\s+)?(?:to\s+|in\s+|with\s+|under\s+"
            r"|below\s+)?(?:(?:at\s+most|max(?:imum)?(?:\s+of)?|up\s+to|no\s+more\s+than|under|below"
            r"|fewer\s+than|less\s+than)\s+)?(?P<words>\d{1,5})\s+words?(?:\s+(?:at\s+most|max(?:imum)?"
            r"|or\s+(?:less|fewer)))?",
            builders.words_at_most,
        ),
        (Kind.ANY, rf"{_MAKE}{_MORE}{_WILDER}{_AGAIN}", builders.warmth(1)),
        (Kind.ANY, rf"{_MAKE}{_MORE}{_STRICTER}{_AGAIN}", builders.warmth(-1)),
        (Kind.ANY, rf"{_TOO}{_LESS_WILD}", builders.warmth(-1)),
        (Kind.ANY, rf"{_TOO}{_LESS_STRICT}", builders.warmth(1)),
        (Kind.ANY, rf"(?:don't|do\s+not)\s+(?:be|get)\s+(?:so|that|too|this)\s+{_LESS_WILD}", builders.warmth(-1)),
        (Kind.ANY, rf"(?:don't|do\s+not)\s+(?:be|get)\s+(?:so|that|too|this)\s+{_LESS_STRICT}", builders.warmth(1)),
        (
            Kind.ANY,
            rf"{_CHANGE}temp(?:erature)?\s*(?:of|is|at|to|:|=|should\s+be|be)?\s*(?P<value>-?\d+(?:[.,]\d+)?"
            rf"|{'|'.join(t.label for t in Temperature)})",
            builders.temperature,
        ),
        (
            Kind.ANY,
            r"(?:lower|reduce|decrease|turn\s+down|cool\s+down|drop)\s+(?:the\s+)?temp(?:erature)?",
            builders.warmth(-1),
        ),
        (Kind.ANY, r"(?:higher|raise|increase|turn\s+up|warm\s+up)\s+(?:the\s+)?temp(?:erature)?", builders.warmth(1)),
        (Kind.ANY, r"(?:a\s+)?lower\s+temp(?:erature)?", builders.warmth(-1)),
        (Kind.ANY, r"(?:a\s+)?higher\s+temp(?:erature)?", builders.warmth(1)),
        (Kind.ANY, rf"{_MAKE}(?:more\s+)?(?P<value>{'|'.join(t.label for t in Temperature)})", builders.temperature),
        # the name and the base
        (
            Kind.ANY,
            r"(?:call|name|rename)\s+(?:it|this|that|the\s+persona)\s+(?:to\s+|as\s+|into\s+)?(?P<name>\S.*)",
            builders.rename,
        ),
        (Kind.ANY, r"(?:rename|name)\s*(?:it\s+)?(?:to|:|=)\s*(?P<name>\S.*)", builders.rename),
        (Kind.ANY, rf"{_CHANGE}(?:new\s+)?name{_GETS}(?P<name>\S.*)", builders.rename),
        (Kind.ANY, r"(?:make|set|change)\s+(?:the|its)\s+name\s+(?P<name>\S+)", builders.rename),
        (
            Kind.ANY,
            rf"(?P<base>(?:base|run|build|put))\s+(?:it|this|the\s+persona)?\s*(?:on"
            rf"|upon)\s+(?:top\s+of\s+)?{_MODEL}",
            builders.rebase,
        ),
        (
            Kind.ANY,
            rf"(?:use|take|set|try|with|switch\s+to|change\s+to|put)\s+{_MODEL}\s+(?P<base>(?:as"
            rf"|for)\s+(?:the\s+|its\s+|a\s+|your\s+)?(?:base\s+model|base|model))(?:\s+instead)?",
            builders.rebase,
        ),
        (Kind.ANY, rf"{_CHANGE}(?P<base>base\s+model|base|model){_GETS}{_MODEL}", builders.rebase),
        (Kind.ANY, rf"(?:with\s+|on\s+|use\s+|the\s+)*(?:base\s+model|base|model)\s+{_MODEL}", builders.rebase),
        (
            Kind.ANY,
            rf"(?:use|switch\s+(?:it\s+)?to|change\s+(?:it\s+)?to|try|take|with"
            rf"|on)\s+(?:the\s+model\s+)?{_MODEL}(?:\s+instead)?",
            builders.rebase,
        ),
        # the language of answers
        (Kind.ANY, builders.ANSWER_IN.pattern, builders.answer_in),
        (
            Kind.ANY,
            r"(?:make|have|let)\s+(?:it|the\s+answers?|answers?)\s+(?:(?:answer|speak|reply|respond"
            r"|write)\s+)?(?:in\s+)?(?P<tongue>\S+(?:\s\S+)?)",
            builders.answer_in,
        ),
        (
            Kind.ANY,
            r"(?:the\s+)?answers?\s+(?:must\s+|should\s+)?be\s+in\s+(?P<tongue>\S+(?:\s\S+)?)",
            builders.answer_in,
        ),
        (Kind.STATED, _SPEAK, builders.answer_in),
        (
            Kind.ANY,
            r"translate\s+(?:everything\s+|it\s+|all\s+"
            r"|texts?\s+)?(?:in)?to\s+(?P<tongue>\S+(?:\s\S+)?)(?:\s+instead)?",
            builders.translate,
        ),
        # fields
        (
            Kind.ANY,
            rf"(?:limit\s+)?{_CHANGE}(?:parameter\s+)?(?P<parameter>{_PARAMETERS}|context(?:\s+(?:length|size|window))?)"
            rf"(?:{_GETS}|\s+)(?P<value>-?\d+(?:\.\d+)?|true|false)",
            builders.parameter,
        ),
        (
            Kind.STATED,
            rf"(?:output|return|emit|produce)\s+(?:(?P<form>{_FORM})\s+only|only\s+(?P<form2>{_FORM}))",
            builders.output_only,
        ),
        (
            Kind.OWN_WORDS,
            rf"{_CHANGE}(?P<field>role|description|output[ -]format|format){_GETS}{_VALUE}",
            builders.field,
        ),
        (Kind.OWN_WORDS, rf"(?:set\s+the\s+)?(?P<field>output[ -]format)\s+{_VALUE}", builders.field),
        (Kind.ANY, rf"{_CHANGE}(?P<field>domain)(?:{_GETS}|\s+)(?P<value>[a-z]+)", builders.field),
        (
            Kind.ANY,
            rf"{_CHANGE}(?:programming\s+)?language(?:(?P<gets>{_GETS})|\s+)(?P<value>\S+(?:\s\S+)?)",
            builders.language,
        ),
        (Kind.ANY, rf"{_CHANGE}tier(?:{_GETS}|\s+)(?P<tier>\w+)", builders.tier),
        (
            Kind.ANY,
            r"(?:(?:make|turn|keep|have)\s+)?(?:it\s+|this\s+|the\s+persona\s+)?(?:(?:be|to|into|a"
            r"|the)\s+)*(?P<tier>bare|full)(?:\s+tier|\s+persona|\s+again)?",
            builders.tier,
        ),
        (
            Kind.STATED,
            r"(?:(?:make|set)\s+it\s+(?:up\s+)?|it(?:'s|\s+is)\s+)?(?:for\s+|use\s+(?:it\s+)?(?:in"
            r"|with)\s+)(?:a|the|my)\s+host\s+tool(?:\s*:?\s*(?:called\s+|named\s+)?(?P<tool>[\w.-]+))?",
            builders.host_tool,
        ),
        (Kind.ANY, rf"{_CHANGE}host\s+tool(?:{_GETS}|\s+)(?P<tool>[\w.-]+)", builders.host_tool),
        # what it is made with and for
        (Kind.ANY, rf"{_DROP}\s+(?P<what>.+)", builders.drop_or_without),
        (
            Kind.STATED,
            r"(?:replace|swap|exchange|change)\s+(?:out\s+)?(?P<old>.+?)\s+(?:with|by|for|to)\s+(?P<new>.+)",
            builders.instead,
        ),
        (
            Kind.STATED,
            r"(?:use|take|have|prefer|want)\s+(?P<new>.+?)\s+(?:instead\s+of|rather\s+than|in\s+place\s+of)\s+(?P<old>.+)",
            builders.instead,
        ),
        (
            Kind.STATED,
            r"(?:switch|move|migrate|change)\s+(?:it\s+)?from\s+(?P<old>.+?)\s+to\s+(?P<new>.+)",
            builders.instead,
        ),
        (Kind.STATED, r"(?:add|cover|include)\s+(?:support\s+for\s+)?(?P<about>.+)", builders.add_anything),
        (Kind.STATED, rf"{_LEAD}\s+(?P<about>.+)", builders.redraft),
        (Kind.STATED, r"(?P<about>an?\s+.+)", builders.become),
    )
)
