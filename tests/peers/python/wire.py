"""Checks what a far end sends and hears against the SDKs of PyPI: wire.py [--only WORD] [--contrary] --far PROGRAM …"""

import sys
import traceback

import wire_alipay
import wire_wechat
from lib import Checks, Far, finish, parse_words, watch


def main():
    # Everything after --far is the program and its own words.
    at = sys.argv.index("--far")
    command, sys.argv[at:] = sys.argv[at + 1 :], []
    words = parse_words(__doc__, contrary={"action": "store_true"})
    watch()
    checks = Checks(words.only, words.contrary)
    far = Far(command)
    try:
        wire_wechat.check(checks, far)
        wire_alipay.check(checks, far)
    except Exception as error:
        checks.failed += 1
        print(f"FAILED suite: {error}", flush=True)
        traceback.print_exc()
    finally:
        far.close()
    finish(checks)


if __name__ == "__main__":
    main()
