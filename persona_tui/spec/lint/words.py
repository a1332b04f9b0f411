"""English words by what they can be at the start of a rule."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VERBS = _words(
    """
    abbreviate abort absorb abstain abstract accept access acknowledge acquire act activate adapt add address adhere
    adjust administer adopt advance advise advocate affirm agree aim alert alias align allocate allow alphabetise
    alphabetize alter analyse analyze anchor animate annotate announce anonymise anonymize answer anticipate apologise
    apologize append apply appoint approach approve approximate archive argue arrange articulate ascertain ask aspire
    assemble assert assess assign assist associate assume assure attach attempt attend attribute audit augment
    authenticate author authorise authorize autoconfigure autogenerate automate avoid await awake
    back backfill background backport backup balance ban base batch be bear become begin behave beware believe bench
    benchmark bias bind bisect blame blend bless block blur book boost bootstrap borrow bound box brace bracket
    branch break
    brief bring broadcast browse buffer build bulk bump bundle buy bypass
    cache calculate calibrate call cancel canonicalise canonicalize cap capitalise capitalize capture care carry cascade
    cast catch categorise categorize cause caution cease centralise centralize certify chain challenge change
    characterise characterize charge chart chat cheat check chunk circumvent cite claim clamp clarify classify clean
    cleanup clear click clip clone close clump cluster coalesce code coerce collaborate collapse collate collect
    colocate colour color combine come commence comment commit communicate compact compare compensate compile complain
    complement complete comply compose compress compromise compute concatenate conceal concentrate conclude condense
    condition conduct configure confine confirm conflate conform confront confuse congratulate connect conserve consider
    consist consolidate constrain construct consult consume contact contain contend continue contract contradict
    contrast contribute control convert convey convince cooperate coordinate copy correct correlate count couple cover
    craft crash create credit criticise criticize crop cross cue curate curl curry cut cycle
    damage dare date deal debounce debug decide declare decline decode decompose decorate decouple decrease decrement
    decrypt dedicate deduce deduct deduplicate deem deepen default defend defer define delay delegate delete delimit
    deliver demand demo demonstrate denormalise denormalize denote deny depend depict deploy deprecate dereference
    derive describe deserialise deserialize design designate destroy destructure detach detail detect deter determine
    detract develop deviate devise diagnose diagram dictate diff differ differentiate digest dim direct disable disagree
    disambiguate discard disclose disconnect discontinue discourage discover discriminate discuss dismiss dispatch
    display dispose disregard disrupt dissuade distil distill distinguish distort distract distribute dive diverge
    divert divide divulge do dock document double doubt download downgrade downplay downsample draft drag draw drill
    drive drop dry dump duplicate
    earn ease echo edit educate elaborate elect elicit eliminate elide embed embellish embody embrace emit emphasise
    emphasize employ empower empty emulate enable encapsulate enclose encode encompass encounter encourage encrypt end
    endeavor endeavour endorse enforce engage engineer enhance enjoy enlarge enlist enquire enrich ensure enter
    enumerate envision envisage equal equate erase err escalate escape establish estimate evade evaluate evict
    evoke evolve exaggerate examine exceed except exchange excerpt exclude excuse execute exempt exercise exert exhaust
    exhibit exist exit expand expect expedite experiment explain explode exploit explore export expose express extend
    externalise externalize extract extrapolate
    fabricate face facilitate factor fail fake fall falsify familiarise familiarize feature feed feel fence fetch fight
    file fill filter finalise finalize find finish fire fit fix flag flatten flatter flip float flood flow flush fly
    focus fold follow forbid force forecast forget forgive fork form format formulate forward foster frame free freeze
    front fulfil fulfill function fund funnel fuse fuzz
    gain gate gather gauge generalise generalize generate get git give gloss go google gossip govern grab grade grant
    graph greet grep ground group grow guarantee guard guess guide gzip
    hack hallucinate halt halve hand handle handwave hang happen harden hardcode harmonise harmonize harvest hash have
    head hear hedge help hesitate hide highlight hint hit hoist hold honor honour hook host hurry hydrate hyperlink
    hyphenate
    identify ignore illuminate illustrate imagine imitate impersonate implement imply import impose improve improvise
    include incorporate increase increment indent index indicate infer inflate influence inform ingest inherit inhibit
    initialise initialize initiate inject inline innovate input inquire insert insinuate insist inspect inspire install
    instantiate instil instill institute instruct instrument insult insulate integrate intend interact intercept
    interfere interleave internalise internalize internationalise internationalize interpolate interpret interrogate
    interrupt intersect intersperse intervene interview introduce invalidate invent invert invest investigate invite
    invoke involve isolate issue italicise italicize itemise itemize iterate
    join joke judge juggle jump justify juxtapose
    keep key kill know
    label lack land laugh launch layer lead leak lean learn lease leave lecture lend lengthen let leverage
    license lie lift lighten like limit line linearise linearize link lint list listen litter live load localise
    localize locate lock log look loop lose lower lowercase
    mail maintain make malign manage mandate mangle manipulate manufacture map march mark markup mask match materialise
    materialize matter maximise maximize mean measure mediate meet memoise memoize memorise memorize mention merge
    message migrate mimic mind minify minimise minimize mirror misinterpret mislead misquote misrepresent misspell
    misstate misuse mitigate mix mock model moderate modernise modernize modify modularise modularize monitor moralise
    moralize motivate mount move multiplex multiply mutate mute
    name narrate narrow navigate need negate negotiate nest nil normalise normalize note notice notify nudge null
    nullify number
    obey obfuscate object obscure observe obtain occupy occur offer offload offset omit open operate opt optimise
    optimize order organise organize orient originate outline outlive output outsource overcomplicate overengineer
    overestimate overexplain overfit overflow overlap overlay overload overlook overpromise overrate override overrule
    overrun oversell oversimplify overstate overuse overwhelm overwrite own
    pace pack package pad page paginate pair panic paper parallelise parallelize parameterise parameterize paraphrase
    park parse part participate partition pass paste patch patronise patronize pause pay peek penalise penalize perform
    permit permute persist personalise personalize perturb phrase pick pickle picture pin ping pipe pipeline pitch pivot
    place plagiarise plagiarize plan play plot plug point polish poll pollute polyfill pool pop populate port portray
    pose position possess post postpone practice practise praise preallocate preach precede precompile precompute
    predict preface prefer prefetch prefix preload prepare prepend preprocess prescribe present preserve preset press
    presume pretend prettify prevent print prioritise prioritize privilege probe proceed process produce profile program
    progress prohibit project prolong promise promote prompt pronounce prone proofread propagate propose prototype prove
    provide provision proxy prune publish pull pulse pump punctuate purge purport pursue push put
    qualify quantify quantise quantize query question queue quit quote
    race raise randomise randomize range rank rate ration rationalise rationalize reach react read ready realign realise
    realize rearrange reason reassess reassign reassure rebase rebuild recall receive recheck recite reckon recognise
    recognize recommend recompile recompute reconcile reconnect reconsider reconstruct record recount recover recreate
    recurse recycle redact redeclare redefine redesign redirect redo reduce reevaluate refactor refer reference refine
    reflect reformat reformulate refrain refresh refund refuse refute regard regenerate register regress regularise
    regularize regulate reimplement reinforce reinstall reinterpret reintroduce reinvent reiterate reject rejoin relate
    relax relay release reload rely remain remap remember remind remove rename render renegotiate renew reopen reorder
    reorganise reorganize repair repeat rephrase replace replay replicate reply report represent reprint reproduce
    request require reread reroute rerun reserve reset reshape resize resolve respect respond restart restate restore
    restrain restrict restructure resubmit result resume retain rethrow retitle retrieve retry return reuse reveal
    reverse revert review revise revoke reward rewrite rewind rework reword rhyme ring roll romanise romanize rotate
    round route run rush
    sacrifice sample sandbox sanitise sanitize satisfy save saturate say scaffold scale scan scatter schedule scold
    scope score scrape screen script scroll scrub seal search secure see seed seek seem segment select sell send sense
    separate sequence serialise serialize serve set settle shade shadow shame shape shard share sharpen shell shellcheck
    shift ship shorten show shred shrink shuffle shut sidestep sign signal silence simplify simulate sit sketch
    skip slice slow slugify smooth smuggle snapshot sniff sniffle soften solicit solve sort sound source space span
    spare spawn speak specialise specialize specify speculate speed spell spend spill spin split sponsor spread
    squash squeeze stack stage standardise standardize star start stash state stay steer stem step stick stop store
    stream strengthen stress stretch strip strive structure stub study style subclass subject sublet submit subscribe
    subset substitute subtract succeed suffix sugarcoat suggest suit sum summarise summarize supersede supplement supply
    support suppose suppress surface surround survey suspect suspend swallow swap sweep switch symlink synchronise
    synchronize sync synthesise synthesize systematise systematize
    tabulate tackle tag tail tailor take talk target taunt teach tear tease tell template terminate test thank think
    thread throttle throw tick tidy tie tighten time timestamp title toggle tokenise tokenize tolerate top total touch
    trace track trade train transcribe transcode transfer transform transition translate transliterate transmit
    transpile transpose trap traverse treat triage trigger trim trivialise trivialize troubleshoot truncate trust try
    tune turn tweak type typecast typecheck typeset
    unbox uncover underestimate underline understand understate undertake undo unescape unify uninstall
    unload unlock unmarshal unmount unpack unquote unregister unroll unset unsubscribe untangle unwrap update upgrade
    uphold upload uppercase upsample upsert urge use utilise utilize
    validate value vary vectorise vectorize vendor vent verify version vet view violate virtualise virtualize visit
    visualise visualize vote
    wait waive walk want warn warm waste watch weave weigh weight welcome whitelist widen wipe withdraw withhold
    witness work worry wrap write
    xor
    yield
    zero zip zoom
    allowlist asciify batch-insert blocklist blacklist chmod chown containerise containerize datestamp decommission
    dockerise dockerize encase entail eschew fingerprint forego forgo hotlink interlink jail jitter lowball
    namespace nitpick outdent outrank overindex pluralise pluralize pseudonymise pseudonymize rebrand recap
    rehash reindex repaint requote reseed resample retouch roleplay sequester singularise singularize sudo
    superimpose terraform undercut unindent unzip upcast downcast vacuum whisper
    """
)

# Verbs that are at least as often nouns: no proof that a phrase which begins with a preposition is a sentence.
NOUNS_TOO = _words(
    """
    access address alias author base batch block book bound branch buffer bundle cache call cast change chart check
    chunk class click clone cluster code comment commit condition control copy count cover cross cycle date default
    demo design detail document double draft drive end engineer escape exercise experiment export face factor file
    filter fire fit flag flow focus fold force form format frame front function graph ground group guard guide hash head
    help hint hook host import index influence input interview issue joke key label land layer lead lease like limit
    line link list load lock log loop map mark match message mind mirror model name need note null number object offer
    offset order outline output own pack package pad page pair paper part partition pass patch picture pin ping pipe
    pipeline place plan plot point pool port position post practice prefix present print process produce profile program
    progress project prompt prototype proxy query question queue range rank rate reason record reference release reply
    report request reserve reset result return review ring round route run sample scale schedule scope score screen
    script search seed segment sense sequence set shape share shell shift sign signal slice sort sound source space span
    split stack stage star start state step store stream stress structure stub study style subject suffix sum supply
    support surface survey switch tag tail target template test thread time title top total touch trace track trade
    train transfer transition trigger trust turn type update upgrade use value vendor version view vote wait walk watch
    work yield zip
    """
)

# What can never be the verb of a rule. These introduce a noun …
DETERMINERS = _words(
    """
    a an the other others another any some no none its their his her your my our this that these those such own
    every many more most less fewer several multiple various different same certain few
    """
)
# … these a circumstance, after which a verb may still come …
PREPOSITIONS = _words(
    """
    of for with without in on at from by into onto over under between within outside inside through throughout during
    after before per via as to than against across among because since unless until when where while if which who and or
    but nor rather about above below beyond beside besides despite toward towards upon each all
    """
)
# … and these are adjectives.
ADJECTIVES = _words(
    """
    absolute additional alternative ambiguous anonymous arbitrary asynchronous async automatic bad bare basic better big
    blocking broad bright built-in clever common compatible complex concrete consistent conventional custom dark dead
    deep dense descriptive dynamic eager early elegant exact existing explicit external extra extraneous famous fast
    final fixed flat formal fragile full functional general generic global good hard high huge human-readable idiomatic
    immutable imperative implicit important informal inner insecure internal invalid irrelevant large late lazy legacy
    local long loose low magic main major manual minimal minor mutable naive native negative nested neutral new nice
    non-standard obsolete obvious old opaque optional outer partial passive plain positive possible potential powerful
    precise primitive private proper proprietary public pure quick random raw real recent recursive redundant regular
    relative relevant reliable rough safe sequential shallow short silly similar single small specific stale standard
    static strict strong synchronous temporary third tight tiny trivial typical ugly unclear unchecked unconstrained
    unique unknown unnecessary unrelated unsafe unused usual vague valid verbose virtual weak wide wrong
    """
)

# Adverbs may stand between MUST and the verb; so may any other word in -ly that is not a verb.
ADVERBS = _words(
    """
    also always at both either ever first further hence however instead just least neither never next not now often
    once only otherwise rather simply so still then therefore thereby thus too twice again together whenever wherever
    """
)

# Endings that make an adjective or a noun, in words that are no verbs of the list above.
NOMINAL_ENDINGS = ("ous", "ful", "less", "able", "ible", "ness", "ical", "ional", "ity", "tion", "sion", "ism", "ware")

# Words that only the named language's sentences hold, and English words to weigh them against.
FOREIGN = _words(
    """
    der das den dem und ist nicht mit für auf von zu im bei ein eine einen keine oder wenn sind werden nur vom zum
    zur jede jeden immer beim alle
    le les des de du et que une avec pour dans sans est pas chaque toujours doit jamais aux leur cette ces
    el los las en con para por sin sobre cada siempre nunca una del debe
    um uma sem não dos das ao sempre todos você pelo
    gli della ogni che sempre mai senza nel deve
    het een niet voor geen elke altijd
    och inte med för att eller alltid
    nie bez dla oraz zawsze każdy
    """
)
ENGLISH = _words(
    """
    the a an of and or for with in to not every each all from by is are be it that than before after when if no any as
    on use at this only one into you your which must should never always without
    """
)
