//! A merchant's call: its common parameters, checked in the gateway's order. A [`Call`] was signed by the app that
//! it names.

use serde_json::{Map, Value};

use super::answer::Answer;
use super::rsa2;
use crate::config::{AlipayApp, Config};
use crate::http::{Request, form};
use crate::rsa_sha256;
use crate::time;

/// How far a call's time may differ, in seconds.
const MAX_SKEW: i64 = 15 * 60;
/// A buyer may open a link as long as the trade can be open.
const OLDEST_LINK: i64 = 15 * 86_400;
/// How much of the signed text a signature error shows.
const MAX_ECHO: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Precreate,
    PagePay,
    WapPay,
    AppPay,
    Query,
    Close,
    Refund,
    RefundQuery,
}

pub struct Parameters(Vec<(String, String)>);

pub struct Call<'a> {
    pub app: &'a AlipayApp,
    pub method: Method,
    /// `biz_content`.
    pub content: Map<String, Value>,
    pub notify_url: Option<String>,
    pub return_url: Option<String>,
    /// As the merchant writes it, and as callbacks repeat it.
    pub charset: String,
    pub now: i64,
}

impl Method {
    const ALL: [Self; 8] = [
        Self::Precreate,
        Self::PagePay,
        Self::WapPay,
        Self::AppPay,
        Self::Query,
        Self::Close,
        Self::Refund,
        Self::RefundQuery,
    ];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Precreate => "alipay.trade.precreate",
            Self::PagePay => "alipay.trade.page.pay",
            Self::WapPay => "alipay.trade.wap.pay",
            Self::AppPay => "alipay.trade.app.pay",
            Self::Query => "alipay.trade.query",
            Self::Close => "alipay.trade.close",
            Self::Refund => "alipay.trade.refund",
            Self::RefundQuery => "alipay.trade.fastpay.refund.query",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.word() == word)
    }

    /// Whether a buyer's browser makes the call, not the merchant's server.
    pub const fn is_for_buyers(self) -> bool {
        match self {
            Self::PagePay | Self::WapPay | Self::AppPay => true,
            Self::Precreate | Self::Query | Self::Close | Self::Refund | Self::RefundQuery => false,
        }
    }

    pub const fn opens_a_trade(self) -> bool {
        self.is_for_buyers() || matches!(self, Self::Precreate)
    }
}

impl Parameters {
    /// Reads query and form. A name may occur once in each, and in both only with the same value.
    pub fn read(request: &Request) -> Result<Self, Answer> {
        let is_form = request
            .header("content-type")
            .is_none_or(|kind| kind.trim_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"));
        let query = form(request.query.as_bytes());
        let body = if request.method == "POST" && is_form { form(&request.body) } else { Vec::new() };
        let sorted = |mut pairs: Vec<(String, String)>| {
            pairs.sort();
            pairs
        };
        let has_duplicate = |pairs: &[(String, String)]| pairs.windows(2).any(|two| two[0].0 == two[1].0);
        let (query, body) = (sorted(query), sorted(body));
        let is_ambiguous = has_duplicate(&query) || has_duplicate(&body);
        let mut pairs = sorted([query, body].concat());
        pairs.dedup();
        if is_ambiguous || has_duplicate(&pairs) {
            return Err(Answer::illegal("isv.suspected-attack", "可疑的攻击请求"));
        }
        Ok(Self(pairs))
    }

    /// An empty parameter counts as missing.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub fn is_certified(&self) -> bool {
        self.get("app_cert_sn").is_some() || self.get("alipay_root_cert_sn").is_some()
    }

    pub fn method(&self) -> Result<Method, Answer> {
        let word = self.get("method").ok_or_else(|| Answer::missing("isv.missing-method", "缺少方法名参数"))?;
        Method::parse(word).ok_or_else(|| Answer::illegal("isv.invalid-method", "不存在的方法名"))
    }

    /// Finds the app by its id. The signature is verified later.
    pub fn app<'a>(&self, config: &'a Config) -> Result<&'a AlipayApp, Answer> {
        let app_id = self.get("app_id").ok_or_else(|| Answer::missing("isv.missing-app-id", "缺少AppID参数"))?;
        let app = config.alipay.iter().find(|app| app.app_id == app_id);
        app.ok_or_else(|| Answer::illegal("isv.invalid-app-id", "无效的AppID参数"))
    }

    /// The rest of the gateway's checks, the signature last.
    pub fn verify<'a>(&self, app: &'a AlipayApp, method: Method, now: i64) -> Result<Call<'a>, Answer> {
        self.get("version").ok_or_else(|| Answer::missing("isv.missing-version", "缺少版本参数"))?;
        let charset = self.get("charset").unwrap_or("GBK");
        if !charset.eq_ignore_ascii_case("utf-8") && !charset.eq_ignore_ascii_case("utf8") {
            return Err(Answer::illegal("isv.invalid-charset", "字符集错误"));
        }
        if self.get("format").is_some_and(|format| !format.eq_ignore_ascii_case("json")) {
            return Err(Answer::illegal("isv.invalid-format", "无效的数据格式"));
        }
        if self.get("encrypt_type").is_some() {
            return Err(Answer::illegal("isv.invalid-encrypt-type", "无效的加密类型"));
        }
        self.is_on_time(method, now)?;
        self.certificates(app)?;
        self.signature(app)?;
        if self.get("app_auth_token").is_some() {
            let (msg, sub_code) = ("Insufficient Token Permissions", "aop.invalid-app-auth-token");
            return Err(Answer::gateway("20001", msg, sub_code, "无效的应用授权令牌"));
        }
        let Ok(Value::Object(content)) = serde_json::from_str(self.get("biz_content").unwrap_or("{}")) else {
            return Err(Answer::illegal("isv.illegal-json", "JSON格式错误"));
        };
        Ok(Call {
            app,
            method,
            content,
            notify_url: self.get("notify_url").map(str::to_owned),
            return_url: self.get("return_url").map(str::to_owned),
            charset: charset.to_owned(),
            now,
        })
    }

    fn is_on_time(&self, method: Method, now: i64) -> Result<(), Answer> {
        let written =
            self.get("timestamp").ok_or_else(|| Answer::missing("isv.missing-timestamp", "缺少时间戳参数"))?;
        let oldest = now.saturating_sub(if method.is_for_buyers() { OLDEST_LINK } else { MAX_SKEW });
        let newest = now.saturating_add(MAX_SKEW);
        match time::parse_alipay(written) {
            Some(at) if (oldest..=newest).contains(&at) => Ok(()),
            Some(_) | None => Err(Answer::illegal("isv.invalid-timestamp", "非法的时间戳参数")),
        }
    }

    /// Both serial numbers or neither: the same keys work with certificates and without.
    fn certificates(&self, app: &AlipayApp) -> Result<(), Answer> {
        if !self.is_certified() {
            return Ok(());
        }
        let Some(app_serial) = self.get("app_cert_sn") else {
            return Err(Answer::illegal("isv.missing-app-cert-sn", "缺少应用公钥证书序列号"));
        };
        let Some(roots) = self.get("alipay_root_cert_sn") else {
            return Err(Answer::illegal("isv.missing-alipay-root-cert-sn", "缺少支付宝根证书序列号"));
        };
        let held = app.certificates.as_ref();
        if held.and_then(|held| rsa2::serial(&held.app)).is_none_or(|serial| serial != app_serial) {
            return Err(Answer::illegal("isv.app-cert-not-exist", "应用公钥证书不存在"));
        }
        if held.and_then(|held| rsa2::root_serial(&held.roots)).is_none_or(|serial| serial != roots) {
            return Err(Answer::illegal("isv.invalid-alipay-root-cert-sn", "支付宝根证书序列号错误"));
        }
        Ok(())
    }

    fn signature(&self, app: &AlipayApp) -> Result<(), Answer> {
        let kind =
            self.get("sign_type").ok_or_else(|| Answer::missing("isv.missing-signature-type", "缺少签名类型参数"))?;
        if kind != "RSA2" {
            return Err(Answer::illegal("isv.invalid-signature-type", "无效的签名类型"));
        }
        let signature = self.get("sign").ok_or_else(|| Answer::missing("isv.missing-signature", "缺少签名参数"))?;
        let text = rsa2::text(&self.0, &["sign"]);
        if rsa_sha256::is_signed(&app.app_public_key, text.as_bytes(), signature) == Some(true) {
            return Ok(());
        }
        let echo: String = text.chars().take(MAX_ECHO).collect();
        let why = format!("验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为：{echo}");
        Err(Answer::illegal("isv.invalid-signature", &why))
    }
}
