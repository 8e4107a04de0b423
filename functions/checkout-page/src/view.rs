//! The page's sentences about an order, in the buyer's language. Every face has a next step.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maud::{Markup, html};
use till_app::ports::{Clock, FindAccount, Unavailable};
use till_domain::money::Money;
use till_domain::order::{Decline, Order};
use till_domain::product::Grant;
use till_domain::provider::Method;
use till_lambda::checkout_link::CheckoutLink;
use till_lambda::messages::Language;
use till_lambda::routes::Call;
use till_lambda::sha256;

use crate::device::Device;
use crate::face::{Face, has_money_to_return};
use crate::{Action, CheckoutPage};

pub struct View<'a> {
    pub order: &'a Order,
    pub face: Face,
    pub device: Device,
    /// The methods that the buyer can use on this device; that of the newest attempt may be among them.
    pub methods: Vec<Method>,
    /// The query of the link.
    pub query: &'a str,
    /// Where the page leads back to.
    pub back: Option<&'a str>,
    pub language: Language,
}

/// A sentence in both languages.
type Said = (&'static str, &'static str);

/// Draws a code from its text and its label, or not if it cannot.
pub type Draw = fn(&str, &str) -> Option<Markup>;

impl<'a> View<'a> {
    pub async fn of(
        function: &'a CheckoutPage,
        ports: &(impl FindAccount + Clock),
        call: &Call<'_, Action>,
        order: &'a Order,
        link: &'a CheckoutLink,
    ) -> Result<Self, Unavailable> {
        let device = Device::of(call.request);
        let face = Face::of(order, function.qr_code_lives, ports.now());
        let methods = match face {
            Face::Waiting { .. } | Face::Failed | Face::CodeOver => function.offered.of(ports, order, device).await?,
            Face::Opening
            | Face::Processing
            | Face::InReview
            | Face::Delivering
            | Face::PaidAndHeld
            | Face::Delivered
            | Face::PartlyRefunded
            | Face::TakenBack
            | Face::Refunded
            | Face::Cancelled
            | Face::Expired => Vec::new(),
        };
        let back = link.return_url.as_deref().or(function.shop.url.as_deref());
        Ok(Self { order, face, device, methods, query: &link.query, back, language: call.language })
    }

    /// Equal for two that look the same. A page asks for it again and again, so that a code counts by its text and is not drawn.
    pub fn name(&self) -> String {
        let content = self.content(|text, _| Some(html! { (text) }));
        let hash = sha256(content.0.as_bytes());
        URL_SAFE_NO_PAD.encode(hash.first_chunk::<12>().unwrap_or(&[0; 12]))
    }

    pub fn content(&self, draw: Draw) -> Markup {
        html! {
            section .what {
                p .product { bdi { (self.order.sold.name) } }
                h1 { (amount(self.order.sold.price)) }
            }
            (self.how_it_stands(draw))
            @if let Some(url) = self.back { p .back { a href=(url) { (self.say(("返回商家", "Back to the shop"))) } } }
        }
    }

    fn how_it_stands(&self, draw: Draw) -> Markup {
        match self.face {
            Face::Waiting { until } => self.waiting(until, draw),
            Face::Opening => self.told("busy", ("正在准备支付", "Getting your payment ready"), &[("请稍候，页面会自动更新。", "One moment: this page updates by itself.")]),
            Face::Failed => html! {
                (self.told_why("bad", ("支付未成功", "The payment did not go through"), self.reason(), &[
                    ("没有扣款。您可以再试一次，或换一种支付方式。", "You were not charged. Try again, or pay another way."),
                ]))
                (self.try_again())
            },
            Face::CodeOver => html! {
                (self.told("bad", ("支付码已过期", "This code is no longer valid"), &[
                    ("订单仍然有效。请获取新的支付码，或换一种支付方式。", "Your order is still open. Get a new code, or pay another way."),
                ]))
                (self.try_again())
            },
            Face::Processing => self.told("busy", ("支付处理中", "Your payment is being processed"), &[
                ("支付渠道正在确认，可能需要几分钟到几天。请不要重复付款。", "Your bank is confirming it. This can take minutes, or days with some methods. Please do not pay again."),
            ]),
            Face::InReview => self.in_review(),
            Face::Delivering => self.told("busy", ("已付款，正在发放", "Paid. Your order is on its way"), &[
                ("通常只需几秒，页面会自动更新。", "This mostly takes seconds: the page updates by itself."),
            ]),
            Face::PaidAndHeld => self.told("busy", ("已付款，正在人工核对", "Paid. A person is checking your order"), &[
                ("款项已收到。核对完成后会继续发放，或全额退回。", "We have your money. You will get what you bought, or your money back."),
            ]),
            Face::Delivered => html! {
                (self.told("good", ("支付成功", "Paid"), &[("您已获得：", "You received:")]))
                (self.goods())
            },
            Face::PartlyRefunded => html! {
                (self.told("good", ("支付成功，部分已退款", "Paid, and partly refunded"), &[]))
                (self.refunded())
                (self.goods())
            },
            Face::TakenBack => html! {
                (self.told("bad", ("已退款，商品已收回", "Refunded, and taken back"), &[]))
                (self.refunded())
            },
            Face::Refunded => html! {
                (self.told("good", ("已全额退款", "Refunded in full"), &[
                    ("款项将按原支付方式退回，到账时间以支付渠道为准。", "The money goes back to where you paid from; when it arrives depends on your bank."),
                ]))
                (self.refunded())
            },
            Face::Cancelled => self.over(("订单已取消", "This order was cancelled")),
            Face::Expired => self.over(("订单已过期", "This order has expired")),
        }
    }

    fn told(&self, kind: &str, heading: Said, lines: &[Said]) -> Markup {
        self.told_why(kind, heading, None, lines)
    }

    fn told_why(&self, kind: &str, heading: Said, why: Option<Said>, lines: &[Said]) -> Markup {
        html! {
            section class=(kind) role="status" {
                span .sign aria-hidden="true" {}
                h2 { (self.say(heading)) }
                @for line in why.iter().chain(lines) { p { (self.say(*line)) } }
            }
        }
    }

    /// Why the newest attempt's payment was declined, if its provider said so.
    pub(crate) fn reason(&self) -> Option<Said> {
        let decline = self.order.newest_attempt()?.decline?;
        Some(match decline {
            Decline::Declined => ("银行或支付渠道拒绝了这笔付款。", "The bank or the provider declined it."),
            Decline::InsufficientFunds => ("余额不足。", "There is not enough money in the account."),
            Decline::ExpiredCard => ("银行卡已过期。", "The card has expired."),
            Decline::AuthenticationFailed => ("身份验证未完成。", "The bank could not confirm that it is you."),
            Decline::WrongDetails => ("卡号、有效期或安全码有误。", "A number, a date or a code was wrong."),
            Decline::ProviderError => {
                ("银行或支付渠道暂时无法处理。", "The bank or the provider could not process it just now.")
            }
            Decline::Other => return None,
        })
    }

    fn over(&self, heading: Said) -> Markup {
        let line = if has_money_to_return(self.order) {
            ("之后收到的款项会自动退回。", "A payment that came afterwards goes back to you by itself.")
        } else {
            ("没有扣款。如需购买，请返回商家重新下单。", "You were not charged. To buy it, order again in the shop.")
        };
        self.told("bad", heading, &[line])
    }

    fn in_review(&self) -> Markup {
        let odd = self.order.odd_payment().map(|(payment, _)| payment);
        let price = amount(self.order.sold.price);
        html! {
            (self.told("busy", ("收到的款项需要核对", "We are checking your payment"), &[]))
            @if let Some(odd) = odd {
                p .fact {
                    @match self.language {
                        Language::Chinese => { "应付 " (price) "，收到 " (amount(odd.amount)) "。" }
                        Language::English => { "Your order is " (price) "; we received " (amount(odd.amount)) "." }
                    }
                }
            }
            p { (self.say(("工作人员会完成订单或退回这笔款项。请不要再次付款。", "A person will complete your order or send this money back. Please do not pay again."))) }
        }
    }

    fn goods(&self) -> Markup {
        html! {
            ul .goods { @for grant in &self.order.sold.grants { li { (self.good(grant)) } } }
        }
    }

    fn good(&self, grant: &Grant) -> Markup {
        let is_chinese = self.language == Language::Chinese;
        match grant {
            Grant::Points(points) if is_chinese => html! { (points.amount()) " 积分" },
            Grant::Points(points) => html! { (points.amount()) " points" },
            Grant::Membership(member) if is_chinese => {
                html! { "会员 " bdi { (member.tier().name) } "，" (member.days()) " 天" }
            }
            Grant::Membership(member) => {
                html! { "Membership " bdi { (member.tier().name) } ", " (member.days()) " days" }
            }
            Grant::Quota(quota) if is_chinese => {
                html! { bdi { (quota.name()) } " × " (quota.count()) "，" (quota.days()) " 天内有效" }
            }
            Grant::Quota(quota) => {
                html! { (quota.count()) " × " bdi { (quota.name()) } ", for " (quota.days()) " days" }
            }
        }
    }

    fn refunded(&self) -> Markup {
        let back = amount(self.order.refunded_amount());
        html! {
            p .fact { (self.say(("已退款 ", "Refunded: "))) (back) }
        }
    }

    /// An address below the page's own.
    pub(crate) fn here(&self, part: &str) -> String {
        format!("{}{part}?{}", self.order.no, self.query)
    }

    pub(crate) fn say(&self, said: Said) -> &'static str {
        say(said, self.language)
    }
}

pub fn amount(money: Money) -> String {
    match money.currency().code() {
        "CNY" => format!("¥{money}"),
        "USD" => format!("US${money}"),
        "EUR" => format!("€{money}"),
        "GBP" => format!("£{money}"),
        "HKD" => format!("HK${money}"),
        code => format!("{money} {code}"),
    }
}

pub fn title_of(order: &Order, language: Language) -> String {
    format!("{} {}", title(language), amount(order.sold.price))
}

pub fn title(language: Language) -> String {
    say(("付款", "Payment"), language).to_owned()
}

pub fn offline(language: Language) -> &'static str {
    say(("网络已断开，恢复后页面会自动更新。", "You are offline. This page updates when you are back."), language)
}

pub fn number(order: &Order, language: Language) -> Markup {
    html! { (say(("订单号 ", "Order "), language)) span .number { (order.no) } }
}

/// A link that shows nothing, or a page that cannot be shown now.
pub fn problem(status: u16, language: Language, request_id: &str) -> Markup {
    let (heading, line) = match status {
        404 => (
            ("链接已失效", "This link is no longer valid"),
            (
                "请返回商家查看订单。如已付款，订单不受影响。",
                "Look at your order in the shop. If you have paid, nothing is lost.",
            ),
        ),
        _ => (
            ("页面暂时无法显示", "This page cannot be shown now"),
            ("请稍后刷新。如已付款，订单不受影响。", "Reload it in a moment. If you have paid, nothing is lost."),
        ),
    };
    html! {
        main {
            section .bad role="status" {
                span .sign aria-hidden="true" {}
                h1 .small { (say(heading, language)) }
                p { (say(line, language)) }
            }
        }
        @if status != 404 { footer { span .number { (request_id) } } }
    }
}

const fn say((chinese, english): Said, language: Language) -> &'static str {
    match language {
        Language::Chinese => chinese,
        Language::English => english,
    }
}
