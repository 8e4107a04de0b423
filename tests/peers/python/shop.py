"""Buys, queries, closes and refunds at the sandbox as a merchant with the SDKs of PyPI would, and believes its callbacks
as they do: shop.py --providers FILE [--port N] [--only WORD] [--contrary FILE]"""

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
from alipay.exceptions import AliPayValidationError  # noqa: E402
from lib import Checks, Ear, finish, parse_words, watch  # noqa: E402


# Contrary, the merchant trusts another sandbox's keys: whatever is believed, by the SDKs' own word, has to be refused.
TRUSTED = {
    "wechat": ["platform_public_key"],
    "alipay": ["alipay_public_key", "alipay_certificate"],
}


def main():
    words = parse_words(__doc__, providers={"required": True}, port={"type": int, "default": 0}, contrary={})
    watch()
    providers = read(words.providers)
    if words.contrary:
        others = read(words.contrary)
        for provider, names in TRUSTED.items():
            providers[provider].update({name: others[provider][name] for name in names})
    base = providers["base_url"]
    checks = Checks(words.only, bool(words.contrary), "believed" if words.contrary else "", is_distrust)
    ear = Ear(words.port, lambda path: (200, b"success" if path == "/alipay" else b""))

    def pay(number):
        """The tester's way to pay: as a buyer would, without a phone."""
        urlopen(Request(f"{base}/mock/success/{number}", method="POST"), timeout=20).close()

    try:
        shop_wechat.check(checks, ear, pay, base, providers["wechat"])
        # Where WeChat Pay goes by certificates, Alipay is shopped at by certificates too.
        by_certificates = providers["wechat"]["signs_with"] == "certificate"
        shop_alipay.check(checks, ear, pay, base, providers["alipay"], by_certificates)
    except Exception as error:
        checks.failed += 1
        print(f"FAILED suite: {error}", flush=True)
        traceback.print_exc()
    finally:
        ear.close()
    finish(checks)


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def is_distrust(error):
    return isinstance(error, (AssertionError, AliPayValidationError)) or "failed to verify the signature" in str(error)


if __name__ == "__main__":
    main()
