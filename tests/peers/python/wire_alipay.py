"""Alipay on the wire, judged by python-alipay-sdk: from our parameters it has to make our signature, and it believes the
answers and notifies that we are to believe."""

import json
import secrets
import time
from urllib.parse import urlencode

from alipay import AliPay, DCAliPay
from alipay.exceptions import AliPayValidationError
from cryptography.x509.oid import NameOID

from lib import certificate, in_china, key_pair, one_bit_off, pairs, payment_no, pem, same

TRADE_NO = "2026112122001404121234567890"
# Its names are in the order of Alipay's own certificates.
ISSUER = [
    (NameOID.COUNTRY_NAME, "CN"),
    (NameOID.ORGANIZATION_NAME, "Ant Financial"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "Certification Authority"),
    (NameOID.COMMON_NAME, "Ant Financial Certification Authority R1"),
]


class World:
    """A merchant, with plain keys or with certificates, Alipay's key, and one trade."""

    def __init__(self, by_certificates):
        app_key, app_private, app_public = key_pair()
        alipay_key, alipay_private, alipay_public = key_pair()
        self.number = payment_no()
        self.settings = {
            "base_url": "https://alipay.peers.test",
            "notify_url": "https://shop.peers.test/alipay",
            "app_id": "2021000122671080",
            "seller_id": "2088102146225135",
            "app_private_key": app_private,
            "app_public_key": app_public,
        }
        app_id = self.settings["app_id"]
        # The SDK as the merchant has it, and once more with the keys that Alipay has.
        if by_certificates:
            root, _, _ = key_pair()
            app, alipay = (
                pem(certificate(key, ISSUER, root, [(NameOID.COMMON_NAME, name)]))
                for key, name in [(app_key, app_id), (alipay_key, "Alipay")]
            )
            roots = pem(certificate(root, ISSUER, root))
            self.settings.update(app_certificate=app, alipay_certificate=alipay, alipay_root_certificate=roots)
            self.sdk = DCAliPay(app_id, app_private, app, alipay, roots)
            self.names = {"app_cert_sn": self.sdk.app_cert_sn, "alipay_root_cert_sn": self.sdk.alipay_root_cert_sn}
            self.signer = {"alipay_cert_sn": DCAliPay.get_cert_sn(alipay)}
        else:
            self.settings["alipay_public_key"] = alipay_public
            self.sdk = AliPay(app_id, app_private_key_string=app_private, alipay_public_key_string=alipay_public)
            self.names, self.signer = {}, {}
        self.alipay = AliPay(app_id, app_private_key_string=alipay_private, alipay_public_key_string=app_public)

    def answer(self, request):
        """What the gateway answers, signed by the SDK, and believed by it as a merchant."""
        found = parameters(request)
        method = found["method"]
        numbers = {"out_trade_no": self.number, "trade_no": TRADE_NO}
        said = {
            "alipay.trade.precreate": {"out_trade_no": self.number, "qr_code": "https://qr.alipay.com/peers"},
            "alipay.trade.query": {
                **numbers,
                "trade_status": "TRADE_SUCCESS",
                "total_amount": "19.90",
                "buyer_user_id": "2088102177846880",
                "send_pay_date": in_china(),
            },
            "alipay.trade.close": numbers,
            "alipay.trade.refund": {**numbers, "fund_change": "Y", "refund_fee": "9.90"},
            "alipay.trade.fastpay.refund.query": {
                **numbers,
                "out_request_no": json.loads(found["biz_content"]).get("out_request_no"),
                "refund_status": "REFUND_SUCCESS",
                "refund_amount": "9.90",
                "total_amount": "19.90",
            },
        }[method]
        text = json.dumps({"code": "10000", "msg": "Success", **said}, ensure_ascii=False)
        # A slash is escaped in what Alipay's gateway sends.
        text = text.replace("/", "\\/")
        key = method.replace(".", "_") + "_response"
        signer = "".join(f',"{name}":"{value}"' for name, value in self.signer.items())
        body = f'{{"{key}":{text}{signer},"sign":"{self.alipay._sign(text)}"}}'
        self.sdk._verify_and_return_sync_response(body, key)
        return 200, {"Content-Type": "text/html;charset=utf-8"}, body.encode()

    def refused_answer(self, request):
        """The same with one bit changed, refused by the SDK as a merchant."""
        status, headers, body = self.answer(request)
        body = one_bit_off(body, body.index(b"Success") + 2)
        key = parameters(request)["method"].replace(".", "_") + "_response"
        try:
            self.sdk._verify_and_return_sync_response(body.decode(), key)
        except AliPayValidationError:
            return status, headers, body
        raise AssertionError("the SDK believes it")

    def notify(self, **more):
        """A notify as Alipay sends it, signed by the SDK."""
        content = {
            "notify_time": in_china(),
            "notify_type": "trade_status_sync",
            "notify_id": secrets.token_hex(16),
            "charset": "utf-8",
            "version": "1.0",
            "app_id": self.settings["app_id"],
            "auth_app_id": self.settings["app_id"],
            "seller_id": self.settings["seller_id"],
            "trade_no": TRADE_NO,
            "out_trade_no": self.number,
            "trade_status": "TRADE_SUCCESS",
            "subject": "会员 30 天 + 1%",
            "buyer_id": "2088102177846880",
            "total_amount": "19.90",
            "gmt_payment": in_china(),
            "fund_bill_list": '[{"amount":"19.90","fundChannel":"ALIPAYACCOUNT"}]',
            **more,
        }
        text = "&".join(f"{name}={content[name]}" for name in sorted(content))
        return {**content, "sign_type": "RSA2", "sign": self.alipay._sign(text)}


def check(checks, far):
    for mode, by_certificates in [("", False), (" with certificates", True)]:
        check_mode(checks, far, f"alipay, python-alipay-sdk{mode}", World(by_certificates))


def check_mode(checks, far, about, world):
    far.account("alipay", world.settings)
    facts = {
        "payment_no": world.number,
        "amount_minor": 1990,
        "currency": "CNY",
        "name": "会员 30 天",
        "expire_at": int(time.time()) + 1800,
        "ip": "203.0.113.7",
        "return_url": "https://shop.peers.test/back?order=1",
        "refund_no": f"{world.number}R1",
        "refund_minor": 990,
        "reason": "退一部分",
        "trade_no": TRADE_NO,
    }
    for name, call in [
        ("precreate", "create"),
        ("query", "query"),
        ("close", "close"),
        ("refund", "refund"),
        ("refund query", "query_refund"),
    ]:
        asked = {**facts, "method": "alipay_qr"}
        checks.run(
            f"{about}: {name}: the SDK makes the same signature, and both believe the answer",
            lambda call=call, asked=asked: same_sign(world, *far.call("alipay", call, asked, world.answer)),
        )
        checks.run(
            f"{about}: {name}: an answer with one bit changed: refused by both",
            lambda call=call, asked=asked: same(
                far.call("alipay", call, asked, world.refused_answer)[0].get("failed"), "distrust"
            ),
        )
    for name in ["page", "wap"]:
        checks.run(
            f"{about}: {name}: the address for the buyer is the SDK's for the same parameters and time",
            lambda name=name: same_address(world, far, {**facts, "method": f"alipay_{name}"}),
        )
    checks.run(f"{about}: notify: believed by both", lambda: both_believe(world, far))
    checks.run(f"{about}: notify: another amount: refused by both", lambda: both_refuse(world, far))


def parameters(request):
    """What was sent, whether in the query or in the form."""
    return pairs("&".join(filter(None, [request.query, request.body.decode()])))


def remade(world, found):
    """The SDK's parameters from ours, with its own names of the certificates."""
    found = {name: value for name, value in found.items() if not name.endswith("_cert_sn")} | world.names
    return pairs(world.sdk.sign_data({name: value for name, value in found.items() if name != "sign"}))


def same_sign(world, said, sent):
    found = parameters(sent[0])
    same(found, remade(world, found), "the parameters")
    assert "done" in said, said


def same_address(world, far, facts):
    said, sent = far.call("alipay", "create", facts, world.answer)
    same(sent, [], "what is sent")
    assert "done" in said and "pay_url" in said["done"]["show"], said
    base, _, query = said["done"]["show"]["pay_url"].partition("?")
    same(base, world.settings["base_url"] + "/gateway.do")
    found = pairs(query)
    same(json.loads(found["biz_content"])["total_amount"], "19.90")
    same(found, remade(world, found), "the parameters")


def hear(far, made):
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    return far.hear("alipay", headers, urlencode(made).encode())


def believes(world, made):
    content = dict(made)
    return world.sdk.verify(content, content.pop("sign"))


def both_believe(world, far):
    made = world.notify()
    assert believes(world, made), "the SDK does not believe it"
    paid = {"word": "paid", "trade_no": TRADE_NO, "amount_minor": 1990, "currency": "CNY"}
    same(hear(far, made), {"heard": {"payment_no": world.number, "says": [paid]}})


def both_refuse(world, far):
    made = {**world.notify(), "total_amount": "0.01"}
    assert not believes(world, made), "the SDK believes it"
    same(hear(far, made), {"distrust": "bad_signature"})
