"""A merchant at the sandbox's Alipay, with python-alipay-sdk, with plain keys or with certificates: it verifies every
answer that is no refusal by itself."""

from urllib.request import urlopen

from alipay import AliPay, DCAliPay
from alipay.exceptions import AliPayException

from lib import pairs, payment_no, same


def check(checks, ear, pay, base, settings, by_certificates):
    shop = Shop(ear, pay, base, settings, by_certificates)
    mode = "certificates" if by_certificates else "keys"
    for name, step in [
        ("precreate: shows a code", shop.creates),
        ("precreate: pays, the notify is believed, and the query agrees", shop.pays),
        ("refund: a part", shop.refunds),
        ("refund query: done", shop.is_refunded),
        ("page: opens at the SDK's address, pays, and the notify is believed", shop.page),
        ("wap: opens at the SDK's address, waits, closes", shop.wap),
        ("query: an unknown number", shop.is_unknown),
    ]:
        checks.run(f"sandbox, python-alipay-sdk with {mode}: {name}", step)


class Shop:
    def __init__(self, ear, pay, base, settings, by_certificates):
        self.ear, self.pay, self.settings = ear, pay, settings
        own = {"app_notify_url": f"{ear.base}/alipay", "app_private_key_string": settings["app_private_key"]}
        if by_certificates:
            self.sdk = DCAliPay(
                settings["app_id"],
                app_public_key_cert_string=settings["app_certificate"],
                alipay_public_key_cert_string=settings["alipay_certificate"],
                alipay_root_cert_string=settings["alipay_root_certificate"],
                **own,
            )
        else:
            self.sdk = AliPay(settings["app_id"], alipay_public_key_string=settings["alipay_public_key"], **own)
        # The SDK has no setting for another host.
        self.gateway = self.sdk._gateway = f"{base}/gateway.do"
        self.number = payment_no()

    def creates(self):
        said = self.sdk.api_alipay_trade_precreate("会员 30 天", self.number, "19.90")
        same(said["code"], "10000", said)
        assert said["qr_code"].startswith("http"), said

    def pays(self):
        self.is_paid_by(self.number)

    def refunds(self):
        said = self.sdk.api_alipay_trade_refund(
            "9.90", out_trade_no=self.number, out_request_no=f"{self.number}R1", refund_reason="退一部分"
        )
        same((said["code"], said["fund_change"], said["refund_fee"]), ("10000", "Y", "9.90"))

    def is_refunded(self):
        said = self.sdk.api_alipay_trade_fastpay_refund_query(f"{self.number}R1", out_trade_no=self.number)
        same((said["code"], said["refund_status"], said["refund_amount"]), ("10000", "REFUND_SUCCESS", "9.90"))

    def page(self):
        number = payment_no()
        self.visit(
            self.sdk.api_alipay_trade_page_pay("会员 30 天", number, "19.90", return_url=f"{self.ear.base}/back")
        )
        self.is_paid_by(number)

    def wap(self):
        number = payment_no()
        # The product's code is QUICK_WAP_WAY: what the SDK says by itself is not in Alipay's documentation.
        self.visit(
            self.sdk.api_alipay_trade_wap_pay(
                "会员 30 天", number, "19.90", return_url=f"{self.ear.base}/back", product_code="QUICK_WAP_WAY"
            )
        )
        same(self.sdk.api_alipay_trade_query(out_trade_no=number)["trade_status"], "WAIT_BUYER_PAY")
        same(self.sdk.api_alipay_trade_close(out_trade_no=number)["code"], "10000")
        same(self.sdk.api_alipay_trade_query(out_trade_no=number)["trade_status"], "TRADE_CLOSED")

    def is_unknown(self):
        try:
            said = self.sdk.api_alipay_trade_query(out_trade_no=payment_no())
        except AliPayException as error:
            # A refusal may come without a signature, and the SDK then raises the whole answer.
            assert "ACQ.TRADE_NOT_EXIST" in str(error), error
        else:
            same((said["code"], said["sub_code"]), ("40004", "ACQ.TRADE_NOT_EXIST"))

    def visit(self, words):
        with urlopen(f"{self.gateway}?{words}", timeout=20) as answer:
            same(answer.status, 200, "the page")

    def is_paid_by(self, number):
        self.pay(number)

        def read(path, _, body):
            if path != "/alipay":
                return None
            said = pairs(body.decode())
            content = dict(said)
            assert self.sdk.verify(content, content.pop("sign")), "a notify does not verify"
            return said if (said["out_trade_no"], said["trade_status"]) == (number, "TRADE_SUCCESS") else None

        said = self.ear.next(read)
        same(
            (said["app_id"], said["seller_id"], said["total_amount"]),
            (self.settings["app_id"], self.settings["seller_id"], "19.90"),
        )
        asked = self.sdk.api_alipay_trade_query(out_trade_no=number)
        same(
            (asked["trade_status"], asked["trade_no"], asked["total_amount"]),
            ("TRADE_SUCCESS", said["trade_no"], "19.90"),
        )
