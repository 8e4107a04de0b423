"""Buys, queries, closes and refunds at the sandbox as a merchant with the SDKs of PyPI would, and believes its callbacks
as they do: shop.py --providers FILE [--port N] [--only WORD]"""

import json
import os
import time
import traceback
from urllib.request import Request, urlopen

# Alipay's time is China's; its SDK takes this machine's.
os.environ["TZ"] = "CST-8"
time.tzset()

import shop_alipay  # noqa: E402
import shop_wechat  # noqa: E402
from lib import Checks, Ear, finish, parse_words, watch  # noqa: E402


def main():
    words = parse_words(__doc__, providers={"required": True}, port={"type": int, "default": 0})
    watch()
    with open(words.providers, encoding="utf-8") as file:
        providers = json.load(file)
    base = providers["base_url"]
    checks = Checks(words.only)
    ear = Ear(words.port, lambda path: (200, b"success" if path == "/alipay" else b""))

    def pay(number):
        """The tester's way to pay: as a buyer would, without a phone."""
        urlopen(Request(f"{base}/mock/success/{number}", method="POST"), timeout=20).close()

    try:
        shop_wechat.check(checks, ear, pay, base, providers["wechat"])
        shop_alipay.check(checks, ear, pay, base, providers["alipay"])
    except Exception as error:
        checks.failed += 1
        print(f"FAILED suite: {error}", flush=True)
        traceback.print_exc()
    finally:
        ear.close()
    finish(checks)


if __name__ == "__main__":
    main()
