from __future__ import annotations

import subprocess
import sys


def test_the_protocol_costs_no_http_library() -> None:
    check = "import sys, persona_tui.engines.protocol; sys.exit('httpx' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
