"""WeChat Pay on the wire, judged by wechatpayv3: with our key, time and nonce it has to make our signature, and it
believes what we are to believe."""

import base64
import json
import re
import secrets
import time
from unittest import mock

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.utils import aes_decrypt, build_authorization, load_private_key, rsa_sign

from lib import certificate, key_pair, payment_no, pem, rfc3339, same

AMOUNT = 1990
TRADE_NO = "4200001234202611211234567890"
SCHEME = "WECHATPAY2-SHA256-RSA2048"


class World:
    """A merchant, the platform's two keys, and one trade."""

    def __init__(self):
        _, private, _ = key_pair()
        self.platform, _, public = key_pair()
        elder, _, _ = key_pair()
        self.certificate = platform_certificate(elder)
        self.certified = (elder, self.certificate)
        self.number = payment_no()
        self.settings = {
            "base_url": "https://wechat.peers.test",
            "notify_url": "https://shop.peers.test/wechat",
            "appid": "wxd678efh567hg6787",
            "mchid": "1900007291",
            "merchant_serial": secrets.token_hex(20).upper(),
            "merchant_private_key": private,
            "platform_public_key_id": f"PUB_KEY_ID_0119000072912026112100{secrets.token_hex(5)}",
            "platform_public_key": public,
            # During a migration to the public key, what a platform certificate signed arrives too.
            "platform_certificates": [pem(self.certificate)],
            "apiv3_key": secrets.token_hex(16),
        }
        self.sdk = WeChatPay(
            wechatpay_type=WeChatPayType.NATIVE,
            mchid=self.settings["mchid"],
            private_key=private,
            cert_serial_no=self.settings["merchant_serial"],
            appid=self.settings["appid"],
            apiv3_key=self.settings["apiv3_key"],
            public_key=public,
            public_key_id=self.settings["platform_public_key_id"],
        )

    def transaction(self):
        return {
            "mchid": self.settings["mchid"],
            "appid": self.settings["appid"],
            "out_trade_no": self.number,
            "transaction_id": TRADE_NO,
            "trade_type": "NATIVE",
            "trade_state": "SUCCESS",
            "trade_state_desc": "支付成功",
            "bank_type": "OTHERS",
            "success_time": rfc3339(),
            "payer": {"openid": "o-peers"},
            "amount": {"total": AMOUNT, "payer_total": AMOUNT, "currency": "CNY", "payer_currency": "CNY"},
        }

    def refund(self, status):
        return {
            "refund_id": "50000000382019052709732678859",
            "out_refund_no": f"{self.number}R1",
            "transaction_id": TRADE_NO,
            "out_trade_no": self.number,
            "channel": "ORIGINAL",
            "status": status,
            "user_received_account": "支付用户零钱",
            "create_time": rfc3339(),
            "success_time": rfc3339(),
            "amount": {
                "total": AMOUNT,
                "refund": 990,
                "payer_total": AMOUNT,
                "payer_refund": 990,
                "settlement_refund": 990,
                "settlement_total": AMOUNT,
                "discount_refund": 0,
                "currency": "CNY",
            },
        }

    def signed(self, body, certified=None):
        """The headers of an answer or a callback, signed by the SDK: with a key and its certificate, or else with the
        public key's other half."""
        stamp, nonce = str(int(time.time())), secrets.token_hex(16)
        key, serial = self.platform, self.settings["platform_public_key_id"]
        if certified:
            key, serial = certified[0], f"{certified[1].serial_number:X}"
        return {
            "Content-Type": "application/json",
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": serial,
            "Wechatpay-Signature-Type": SCHEME,
            "Wechatpay-Signature": rsa_sign(key, f"{stamp}\n{nonce}\n{body.decode()}\n"),
        }

    def answer(self, request):
        """What the platform answers."""
        last = request.path.rsplit("/", 1)[-1]
        if last == "close":
            return 204, self.signed(b""), b""
        said = {
            "native": {"code_url": "weixin://wxpay/bizpayurl?pr=peers"},
            "jsapi": {"prepay_id": "wx26112420520518bb1d3a"},
            "h5": {"h5_url": "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx26&package=1"},
            "refunds": self.refund("PROCESSING"),
            f"{self.number}R1": self.refund("SUCCESS"),
            self.number: self.transaction(),
        }[last]
        body = json.dumps(said, ensure_ascii=False).encode()
        return 200, self.signed(body), body

    def sealed(self, text, associated_data):
        """What only the merchant can open."""
        nonce = secrets.token_hex(6)
        key = AESGCM(self.settings["apiv3_key"].encode())
        sealed = {
            "algorithm": "AEAD_AES_256_GCM",
            "associated_data": associated_data,
            "ciphertext": base64.b64encode(key.encrypt(nonce.encode(), text, associated_data.encode())).decode(),
            "nonce": nonce,
        }
        same(aes_decrypt(nonce, sealed["ciphertext"], associated_data, self.settings["apiv3_key"]), text.decode())
        return sealed

    def certificates(self, request, listed):
        """What the platform answers to whoever asks for its certificates."""
        same((request.method, request.target), ("GET", "/v3/certificates"))
        same(request.headers["wechatpay-serial"], self.settings["platform_public_key_id"], "who is to sign")
        check_token(self, request)
        encrypted = self.sealed(pem(listed).encode(), "certificate")
        entry = {
            "serial_no": f"{listed.serial_number:X}",
            "effective_time": listed.not_valid_before_utc.isoformat(),
            "expire_time": listed.not_valid_after_utc.isoformat(),
            "encrypt_certificate": encrypted,
        }
        body = json.dumps({"data": [entry]}).encode()
        return 200, self.signed(body), body

    def callback(self, certified=None):
        """A callback as the platform sends it."""
        text = json.dumps(self.transaction(), ensure_ascii=False).encode()
        body = json.dumps(
            {
                "id": secrets.token_hex(16),
                "create_time": rfc3339(),
                "resource_type": "encrypt-resource",
                "event_type": "TRANSACTION.SUCCESS",
                "summary": "支付成功",
                "resource": {"original_type": "transaction", **self.sealed(text, "transaction")},
            },
            ensure_ascii=False,
        ).encode()
        return self.signed(body, certified), body


def platform_certificate(key):
    """One that signs itself."""
    return certificate(key, [(NameOID.COMMON_NAME, "Tenpay.com sign")], key)


def check(checks, far):
    world = World()
    far.account("wechat", world.settings)
    facts = {
        "payment_no": world.number,
        "amount_minor": AMOUNT,
        "currency": "CNY",
        "name": "会员 30 天",
        "expire_at": int(time.time()) + 1800,
        "ip": "203.0.113.7",
        "openid": "o-peers",
        "refund_no": f"{world.number}R1",
        "refund_minor": 990,
        "reason": "退一部分",
        "trade_no": TRADE_NO,
    }
    for name, call, method in [
        ("native", "create", "wechat_native"),
        ("jsapi", "create", "wechat_jsapi"),
        ("h5", "create", "wechat_h5"),
        ("query", "query", "wechat_native"),
        ("close", "close", "wechat_native"),
        ("refund", "refund", "wechat_native"),
        ("refund query", "query_refund", "wechat_native"),
    ]:
        asked = {**facts, "method": method}
        checks.run(
            f"wechat, wechatpayv3: {name}: the SDK makes the same token",
            lambda call=call, asked=asked: same_token(world, *far.call("wechat", call, asked, world.answer)),
        )
    checks.run("wechat, wechatpayv3: jsapi: the SDK makes the same paySign", lambda: same_pay_sign(world, far, facts))
    for name, certified in [("the public key", None), ("a platform certificate", world.certified)]:
        checks.run(
            f"wechat, wechatpayv3: callback signed with {name}: believed by both",
            lambda certified=certified: both_believe(world, far, certified),
        )
        checks.run(
            f"wechat, wechatpayv3: callback signed with {name}, one letter changed: refused by both",
            lambda certified=certified: both_refuse(world, far, certified),
        )
    checks.run(
        "wechat, wechatpayv3: callback signed with a new platform certificate: it is fetched, then believed by both",
        lambda: both_learn(world, far),
    )


def same_token(world, said, sent):
    check_token(world, sent[0])
    assert "done" in said, said


def check_token(world, request):
    scheme, _, ours = request.headers["authorization"].partition(" ")
    same(scheme, SCHEME)
    ours = token(ours)
    with mock.patch("wechatpayv3.utils.time.time", return_value=float(ours["timestamp"])):
        theirs = build_authorization(
            request.target,
            request.method,
            world.settings["mchid"],
            world.settings["merchant_serial"],
            load_private_key(world.settings["merchant_private_key"]),
            data=request.body.decode(),
            nonce_str=ours["nonce_str"],
        )
    # The order of the fields is each SDK's own; every byte of each field is not.
    same(ours, token(theirs.partition(" ")[2]), "the token")


def token(text):
    return dict(re.fullmatch(r'(\w+)="([^"]*)"', pair).groups() for pair in text.split(","))


def same_pay_sign(world, far, facts):
    said, _ = far.call("wechat", "create", {**facts, "method": "wechat_jsapi"}, world.answer)
    assert "done" in said and "pay_params" in said["done"]["show"], said
    shown = said["done"]["show"]["pay_params"]
    theirs = world.sdk.sign([shown["appId"], shown["timeStamp"], shown["nonceStr"], shown["package"]])
    same(shown["paySign"], theirs, "paySign")


def both_believe(world, far, certified, answer=None):
    headers, body = world.callback(certified)
    # As if it had fetched it: here is no platform to fetch certificates from.
    world.sdk._core._certificates = [certified[1] if certified else world.certificate]
    theirs = world.sdk.callback(headers, body)
    same(theirs["resource"]["out_trade_no"], world.number)
    paid = {"word": "paid", "trade_no": TRADE_NO, "amount_minor": AMOUNT, "currency": "CNY"}
    same(far.hear("wechat", headers, body, answer), {"heard": {"payment_no": world.number, "says": [paid]}})


def both_learn(world, far):
    key, _, _ = key_pair()
    new = platform_certificate(key)
    both_believe(world, far, (key, new), lambda request: world.certificates(request, new))


def both_refuse(world, far, certified):
    headers, body = world.callback(certified)
    world.sdk._core._certificates = [world.certificate]
    # Within the ciphertext, so that the text stays readable.
    at = body.index(b'"ciphertext"') + 40
    body = body[:at] + (b"A" if body[at : at + 1] != b"A" else b"B") + body[at + 1 :]
    assert world.sdk.callback(headers, body) is None, "the SDK believes it"
    same(far.hear("wechat", headers, body), {"distrust": "bad_signature"})
