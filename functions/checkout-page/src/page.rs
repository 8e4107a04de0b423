//! The whole page: what is shown of an order now, and around it head, shop, style and script. One answer has all of it, so that a
//! page costs its buyer one round trip; the content security policy names style and script by their hashes, and permits no others.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use till_app::ports::{Clock, FindAccount, LoadOrder, ReadSecret};
use till_domain::provider::Method;
use till_domain::time::Time;
use till_lambda::checkout_link::linked_order;
use till_lambda::http::{ReadRequest as _, Response, plain, with};
use till_lambda::messages::{Language, message};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;
use till_lambda::sha256;

use crate::qr;
use crate::shop::Shop;
use crate::view::{self, View};
use crate::{Action, CheckoutPage};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    content_security_policy: String,
}

impl Page {
    pub fn new(socket_base: &str) -> Self {
        let hash = |text: &str| STANDARD.encode(sha256(text.as_bytes()));
        // The address of sockets has a path, and a policy names origins.
        let socket_origin = socket_base.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        Self {
            content_security_policy: format!(
                "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; \
                 connect-src 'self' {socket_origin}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
                hash(STYLE),
                hash(SCRIPT),
            ),
        }
    }

    fn answer(&self, status: u16, language: Language, page: Markup) -> Response {
        let headers = [
            ("cache-control", "no-store"),
            ("content-language", tag(language)),
            ("content-security-policy", self.content_security_policy.as_str()),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            // For browsers that do not know `frame-ancestors`.
            ("x-frame-options", "DENY"),
        ];
        let response = plain(status, Some("text/html; charset=utf-8"), page.into_string());
        headers.into_iter().fold(response, |response, (name, value)| with(response, name, value))
    }
}

pub async fn answer(
    function: &CheckoutPage,
    ports: &(impl LoadOrder + FindAccount + ReadSecret + Clock),
    call: &Call<'_, Action>,
) -> Response {
    let found = async {
        let (order, link) = linked_order(ports, call).await?;
        let view = View::of(function, ports, call, &order, &link).await?;
        let error = call.request.parameter("e").and_then(|word| told(&word, call.language));
        Ok::<_, Problem>(whole(&function.shop, &view, error, ports.now()))
    };
    let language = call.language;
    match found.await {
        Ok(page) => function.page.answer(200, language, page),
        Err(problem) => {
            let content = view::problem(problem.status, language, call.request.request_id());
            function.page.answer(
                problem.status,
                language,
                frame(&function.shop, language, &view::title(language), &content, &html! {}),
            )
        }
    }
}

/// The message of a refusal that a form on this page can meet. Any other text in the address is not shown.
fn told(word: &str, language: Language) -> Option<&'static str> {
    const KNOWN: [&str; 12] = [
        "already_paid",
        "amount_too_small",
        "cancelled",
        "expired",
        "in_progress",
        "invalid_field",
        "method_unavailable",
        "payment_in_review",
        "payment_processing",
        "provider_error",
        "too_many_attempts",
        "too_many_requests",
    ];
    KNOWN.contains(&word).then(|| message(word, language))
}

/// `error` is the refusal of the form that led here.
fn whole(shop: &Shop, view: &View<'_>, error: Option<&'static str>, now: Time) -> Markup {
    let View { order, face, language, .. } = *view;
    let content = html! {
        @if let Some(error) = error { p .error role="alert" { (error) } }
        main #main data-view=(view.name()) data-now=(now.unix()) data-final[face.is_final()] { (view.content(qr::svg)) }
        p #offline .note role="status" hidden { (view::offline(language)) }
        footer { (view::number(order, language)) }
    };
    frame(shop, language, &view::title_of(order, language), &content, &html! { script { (PreEscaped(SCRIPT)) } })
}

fn frame(shop: &Shop, language: Language, title: &str, content: &Markup, script: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(tag(language)) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                meta name="format-detection" content="telephone=no";
                title { (title) @if let Some(name) = &shop.name { " · " (name) } }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                @if let Some(name) = &shop.name {
                    header { span .mark aria-hidden="true" { (shop.mark.as_deref().unwrap_or_default()) } bdi { (name) } }
                }
                (content)
                (script)
            }
        }
    }
}

const fn tag(language: Language) -> &'static str {
    match language {
        Language::Chinese => "zh-CN",
        Language::English => "en",
    }
}

/// The names of methods as buyers know them.
pub const fn label(method: Method, language: Language) -> &'static str {
    match (method, language) {
        (Method::WechatNative | Method::WechatJsapi | Method::WechatH5, Language::Chinese) => "微信支付",
        (Method::WechatNative | Method::WechatJsapi | Method::WechatH5, Language::English) => "WeChat Pay",
        (Method::AlipayQr | Method::AlipayPage | Method::AlipayWap, Language::Chinese) => "支付宝",
        (Method::AlipayQr | Method::AlipayPage | Method::AlipayWap, Language::English) => "Alipay",
        (Method::StripeCheckout | Method::StripeIntent, Language::Chinese) => "银行卡",
        (Method::StripeCheckout | Method::StripeIntent, Language::English) => "Card",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_names_style_script_and_the_origin_of_sockets() {
        let policy = Page::new("wss://abc.execute-api.eu-west-1.amazonaws.com/live").content_security_policy;
        assert!(policy.contains("connect-src 'self' wss://abc.execute-api.eu-west-1.amazonaws.com; "), "{policy}");
        assert!(!policy.contains("unsafe") && policy.matches("'sha256-").count() == 2, "{policy}");
    }

    #[test]
    fn only_known_refusals_are_told() {
        for (word, is_told) in [("provider_error", true), ("internal", false), ("<script>", false), ("", false)] {
            assert_eq!(told(word, Language::English).is_some(), is_told, "{word}");
        }
    }
}
