"""A merchant at the sandbox's WeChat Pay, with wechatpayv3: it verifies every answer by itself, with the platform's
certificates (which it fetches) or with the WeChat Pay public key."""

import json
from unittest import mock

from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core

from lib import eventually, payment_no, same


def connect(base, settings, ear, with_public_key):
    """The SDK, at another host: it has no setting for one, and in the mode with certificates it calls while it is made."""

    class AtSandbox(Core):
        @property
        def _gate_way(self):
            return base

        @_gate_way.setter
        def _gate_way(self, own):
            pass

    more = {}
    if with_public_key:
        more = {"public_key": settings["platform_public_key"], "public_key_id": settings["platform_public_key_id"]}
    with mock.patch("wechatpayv3.core.Core", AtSandbox):
        return WeChatPay(
            wechatpay_type=WeChatPayType.NATIVE,
            mchid=settings["mchid"],
            private_key=settings["merchant_private_key"],
            cert_serial_no=settings["merchant_serial"],
            appid=settings["appid"],
            apiv3_key=settings["apiv3_key"],
            notify_url=f"{ear.base}/wechat",
            timeout=10,
            **more,
        )


def check(checks, ear, pay, base, settings):
    # Which key signs is a setting at WeChat: whoever goes by the public key cannot fetch certificates any more.
    with_public_key = settings["signs_with"] == "public_key"
    mode = "public key" if with_public_key else "certificates"
    shop = Shop(ear, pay, lambda: connect(base, settings, ear, with_public_key), settings)
    for name, step in shop.steps():
        checks.run(f"sandbox, wechatpayv3 with {mode}: {name}", step)


class Shop:
    def __init__(self, ear, pay, connect_, settings):
        self.ear, self.pay, self.connect, self.settings = ear, pay, connect_, settings
        self.sdk = None
        self.number = payment_no()
        self.transaction_id = None

    def steps(self):
        return [
            ("connects", self.connects),
            ("native: creates, and is not paid yet", self.creates),
            ("native: pays, and the callback is believed", self.pays),
            ("query: paid, by our number and by theirs", self.is_paid),
            ("refund: is taken on, and the callback is believed", self.refunds),
            ("refund query: done", self.is_refunded),
            (
                "jsapi: creates, closes, and is closed",
                lambda: self.closes(WeChatPayType.JSAPI, "prepay_id", payer={"openid": "o-peers"}),
            ),
            (
                "h5: creates, closes, and is closed",
                lambda: self.closes(
                    WeChatPayType.H5,
                    "h5_url",
                    scene_info={"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}},
                ),
            ),
            ("query: an unknown number", self.is_unknown),
        ]

    def connects(self):
        # With certificates, this fetches and opens them; every later answer is verified with them.
        self.sdk = self.connect()

    def creates(self):
        said = self.asked(
            self.sdk.pay(description="会员 30 天", out_trade_no=self.number, amount={"total": 1990, "currency": "CNY"})
        )
        assert said["code_url"].startswith("weixin://"), said
        same(self.asked(self.sdk.query(out_trade_no=self.number))["trade_state"], "NOTPAY")

    def pays(self):
        self.pay(self.number)
        said = self.heard("TRANSACTION.SUCCESS")
        same(
            (said["trade_state"], said["mchid"], said["appid"]),
            ("SUCCESS", self.settings["mchid"], self.settings["appid"]),
        )
        same((said["amount"]["total"], said["amount"]["currency"]), (1990, "CNY"))
        self.transaction_id = said["transaction_id"]

    def is_paid(self):
        said = self.asked(self.sdk.query(out_trade_no=self.number))
        same((said["trade_state"], said["transaction_id"]), ("SUCCESS", self.transaction_id))
        said = self.asked(self.sdk.query(transaction_id=self.transaction_id))
        same((said["trade_state"], said["out_trade_no"]), ("SUCCESS", self.number))

    def refunds(self):
        said = self.asked(
            self.sdk.refund(
                out_refund_no=f"{self.number}R1",
                out_trade_no=self.number,
                reason="退一部分",
                amount={"refund": 990, "total": 1990, "currency": "CNY"},
            )
        )
        assert said["status"] in ("PROCESSING", "SUCCESS"), said
        said = self.heard("REFUND.SUCCESS")
        same(
            (said["out_refund_no"], said["refund_status"], said["amount"]["refund"]),
            (f"{self.number}R1", "SUCCESS", 990),
        )

    def is_refunded(self):
        def look():
            said = self.asked(self.sdk.query_refund(f"{self.number}R1"))
            return said if said["status"] == "SUCCESS" else None

        same(eventually(look)["amount"]["refund"], 990)

    def closes(self, kind, field, **more):
        number = payment_no()
        said = self.asked(
            self.sdk.pay(
                description="会员 30 天",
                out_trade_no=number,
                amount={"total": 1990, "currency": "CNY"},
                pay_type=kind,
                **more,
            )
        )
        assert said[field], said
        same(self.sdk.close(number)[0], 204)
        same(self.asked(self.sdk.query(out_trade_no=number))["trade_state"], "CLOSED")

    def is_unknown(self):
        status, text = self.sdk.query(out_trade_no=payment_no())
        same((status, json.loads(text)["code"]), (404, "ORDER_NOT_EXIST"))

    def asked(self, answered):
        status, text = answered
        same(status, 200, text)
        return json.loads(text)

    def heard(self, event):
        """What a callback says, once the SDK has verified and opened it."""

        def read(path, headers, body):
            if path != "/wechat":
                return None
            # The SDK knows these names in lower case, and with capitals.
            said = self.sdk.callback({name.lower(): value for name, value in headers.items()}, body)
            assert said, "a callback does not verify"
            if said["event_type"] == event and said["resource"]["out_trade_no"] == self.number:
                return said["resource"]
            return None

        return self.ear.next(read)
