//! How the page lets a buyer pay: by the open attempt, or by another one.

use maud::{Markup, html};
use till_domain::order::Attempt;
use till_domain::provider::{Method, Provider};
use till_domain::text::Handle;
use till_domain::time::Time;
use till_lambda::messages::Language;

use crate::device::Device;
use crate::page::label;
use crate::view::{Draw, View};

impl View<'_> {
    pub(crate) fn waiting(&self, until: Time, draw: Draw) -> Markup {
        let Some(attempt) = self.order.newest_attempt() else { return html! {} };
        html! {
            @if let Some(why) = self.reason() {
                p .why role="status" { (self.say(("上一次付款未成功：", "The last payment did not go through: "))) (self.say(why)) }
            }
            section .pay {
                @match attempt.method {
                    Method::WechatNative | Method::AlipayQr => (self.code(attempt, draw))
                    Method::WechatJsapi => (self.inside_wechat())
                    Method::StripeIntent => (self.elsewhere())
                    Method::WechatH5 | Method::AlipayPage | Method::AlipayWap | Method::StripeCheckout => (self.onward(attempt.method))
                }
                p .until {
                    span data-within=(self.say(("剩余付款时间 ", "Time left to pay: "))) { (self.say(("请在以下时间前付款：", "Pay by "))) }
                    (clock(until))
                }
            }
            (self.others(attempt.method))
        }
    }

    /// A code to scan. Nobody can scan the screen that they hold: on a phone, the button for its app comes first.
    fn code(&self, attempt: &Attempt, draw: Draw) -> Markup {
        let Some(text) = attempt.handle.as_ref().map(Handle::as_str) else { return html! {} };
        let name = label(attempt.method, self.language);
        let heading = html! {
            h2 { @match self.language { Language::Chinese => { "用" (name) "扫码付款" } Language::English => { "Scan with " (name) } } }
        };
        let drawn = draw(text, self.say(("付款二维码", "QR code to pay")));
        let code = html! {
            figure .code { @if let Some(drawn) = drawn { (drawn) } @else { p { (self.say(("二维码无法显示，请换一种支付方式。", "The code cannot be shown. Pay another way."))) } } }
        };
        let better = self
            .methods
            .iter()
            .find(|method| method.provider() == attempt.method.provider() && **method != attempt.method);
        match self.device {
            Device::Desktop => html! { (heading) (code) },
            Device::Phone | Device::InWeChat | Device::InAlipay => html! {
                @if let Some(method) = better {
                    (self.button(*method, true))
                } @else if attempt.method == Method::AlipayQr && text.starts_with("https://") && self.device != Device::InWeChat {
                    a .main href=(text) { (self.say(("打开支付宝付款", "Open Alipay"))) }
                } @else {
                    p { (self.say(("请用另一部手机扫描下面的二维码，或换一种支付方式。", "Scan this code with another phone, or pay another way."))) }
                }
                details open[better.is_none()] { summary { (heading) } (code) }
            },
        }
    }

    fn onward(&self, method: Method) -> Markup {
        let name = label(method, self.language);
        html! {
            a .main href=(self.here("/go")) {
                @match (method.provider(), self.language) {
                    (Provider::Stripe, Language::Chinese) => { "前往银行卡支付" }
                    (Provider::Stripe, Language::English) => { "Continue to card payment" }
                    (Provider::WeChat | Provider::Alipay, Language::Chinese) => { "打开" (name) }
                    (Provider::WeChat | Provider::Alipay, Language::English) => { "Open " (name) }
                }
            }
            p .quiet { (self.say(("付款后请回到本页面。", "Come back to this page after you paid."))) }
        }
    }

    /// WeChat's own script needs parameters that are signed for this moment.
    fn inside_wechat(&self) -> Markup {
        html! {
            @if self.device == Device::InWeChat {
                button .main #jsapi type="button" { (self.say(("微信支付", "Pay with WeChat"))) }
                noscript { p { (self.say(("请开启脚本，或换一种支付方式。", "Turn scripts on, or pay another way."))) } }
            } @else {
                p { (self.say(("请在微信中打开本页面付款，或换一种支付方式。", "Open this page in WeChat to pay, or pay another way."))) }
            }
        }
    }

    /// The shop's own page has Stripe's form; here only another way can be shown.
    fn elsewhere(&self) -> Markup {
        html! { p { (self.say(("请在商家页面完成付款，或选择下面的方式。", "Pay in the shop, or choose a way below."))) } }
    }

    fn others(&self, current: Method) -> Markup {
        let others: Vec<Method> = self
            .methods
            .iter()
            .copied()
            .filter(|method| method.provider() != current.provider() || needs_another(current))
            .collect();
        if others.is_empty() {
            return html! {};
        }
        html! {
            section .others {
                h2 { (self.say(("其他支付方式", "Other ways to pay"))) }
                @for method in others { (self.button(method, false)) }
            }
        }
    }

    /// The ways to begin another attempt, the method before first.
    pub(crate) fn try_again(&self) -> Markup {
        let before = self.order.newest_attempt().map(|attempt| attempt.method.provider());
        let (first, others): (Vec<Method>, Vec<Method>) =
            self.methods.iter().partition(|method| Some(method.provider()) == before);
        if self.methods.is_empty() {
            return html! { p { (self.say(("目前没有可用的支付方式，请稍后再试。", "No way to pay is open at the moment. Try again later."))) } };
        }
        html! {
            section .pay {
                @for method in first { (self.button(method, true)) }
                @for method in others { (self.button(method, false)) }
            }
        }
    }

    /// Begins an attempt with a method: a form, so that it works without script.
    fn button(&self, method: Method, is_main: bool) -> Markup {
        let name = label(method, self.language);
        html! {
            form method="post" action=(self.here("/retry")) {
                input type="hidden" name="payment_method" value=(method);
                button type="submit" .main[is_main] {
                    span class=(format!("dot {}", method.provider())) aria-hidden="true" {}
                    @match self.language { Language::Chinese => { "用" (name) "付款" } Language::English => { "Pay with " (name) } }
                }
            }
        }
    }
}

/// Whether this page cannot show the method itself.
const fn needs_another(method: Method) -> bool {
    matches!(method, Method::StripeIntent)
}

/// Until when, on China's clock. The script makes a countdown of it.
fn clock(until: Time) -> Markup {
    let at = until.in_china();
    html! {
        time data-end=(until.unix()) { (format!("{:02}:{:02}", at.hour, at.minute)) " (UTC+8)" }
    }
}
