//! Orders: created, queried, closed. A number belongs to one order for ever: the same request again returns a new
//! way to pay it, and a different one is refused.

use serde_json::{Map, Value, json};

use super::fields::{ADDRESS, Body, CNY, INTERNET_ADDRESS, Length, ORDER_NO, TIME, Text};
use super::problem::Problem;
use super::{Answered, Merchant, views};
use crate::books::{Trade, TradeState};
use crate::config::WeChatMerchant;
use crate::page;
use crate::ports::{Ports, StoreError};
use crate::provider::Provider;
use crate::random;
use crate::sandbox::{TRANSACTION, name};
use crate::time;
use crate::trade::Refusal;

/// The default life of an order.
const PAYABLE_SECONDS: i64 = 7 * 86_400;
/// The shortest life that `time_expire` may give.
const MIN_SECONDS: i64 = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Native,
    /// Within WeChat: a page or a mini-program.
    Jsapi,
    /// From a browser on a phone.
    H5,
    App,
}

impl Kind {
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "native" => Some(Self::Native),
            "jsapi" => Some(Self::Jsapi),
            "h5" => Some(Self::H5),
            "app" => Some(Self::App),
            _ => None,
        }
    }

    const fn trade_type(self) -> &'static str {
        match self {
            Self::Native => "NATIVE",
            Self::Jsapi => "JSAPI",
            Self::H5 => "MWEB",
            Self::App => "APP",
        }
    }
}

pub const NUMBER: Text = Text::new("out_trade_no", "商户订单号", 6, Length::Bytes(32)).of(ORDER_NO);

const APPID: Text = Text::new("appid", "公众号ID", 1, Length::Bytes(32));
const MCHID: Text = Text::new("mchid", "直连商户号", 1, Length::Bytes(32));
const DESCRIPTION: Text = Text::new("description", "商品描述", 1, Length::Characters(127));
const NOTIFY_URL: Text = Text::new("notify_url", "通知地址", 1, Length::Bytes(255)).of(ADDRESS);
const ATTACH: Text = Text::new("attach", "附加数据", 0, Length::Bytes(128));
const TIME_EXPIRE: Text = Text::new("time_expire", "交易结束时间", 1, Length::Bytes(64)).of(TIME);
const CURRENCY: Text = Text::new("amount/currency", "货币类型", 1, Length::Bytes(16)).of(CNY);
const GOODS_TAG: Text = Text::new("goods_tag", "订单优惠标记", 1, Length::Bytes(32));
const OPENID: Text = Text::new("payer/openid", "用户标识", 1, Length::Bytes(128));
const CLIENT_IP: Text =
    Text::new("scene_info/payer_client_ip", "用户终端IP", 1, Length::Bytes(45)).of(INTERNET_ADDRESS);
const H5_TYPE: Text = Text::new("scene_info/h5_info/type", "场景类型", 1, Length::Bytes(32));

const KNOWN: &str = "\
    appid mchid description out_trade_no time_expire attach notify_url goods_tag support_fapiao \
    amount/total amount/currency detail/cost_price detail/invoice_id \
    detail/goods_detail/*/merchant_goods_id detail/goods_detail/*/wechatpay_goods_id \
    detail/goods_detail/*/goods_name detail/goods_detail/*/quantity detail/goods_detail/*/unit_price \
    scene_info/payer_client_ip scene_info/device_id scene_info/store_info/id scene_info/store_info/name \
    scene_info/store_info/area_code scene_info/store_info/address";
const KNOWN_OF_H5: &str = "\
    scene_info/h5_info/type scene_info/h5_info/app_name scene_info/h5_info/app_url \
    scene_info/h5_info/bundle_id scene_info/h5_info/package_name";

pub async fn create<P: Ports>(merchant: &Merchant<'_, P>, kind: Kind) -> Answered {
    let sandbox = merchant.sandbox;
    let trade = read_order(merchant.account, kind, merchant.body.as_ref(), sandbox.ports.now())?;
    let key = trade.key();
    let links = PayLinks::new(&sandbox.config.public_url, kind, &trade.payment_no, sandbox.ports.now());
    // If another call creates the same number in between, the second round finds its order.
    for _ in 0..2 {
        let again = sandbox.change(&key, |there, _| (renew(there, &trade, &links), None)).await?;
        if let Some((_, result)) = again {
            return result.map(|()| Some(links.answer()));
        }
        if sandbox.ports.load(&closed_unused(&merchant.account.mchid, &trade.payment_no)).await?.is_some() {
            return Err(Problem::invalid("请求重入时，参数与首次请求时不一致"));
        }
        let mut opened = trade.clone();
        opened.details.extend(links.0.clone());
        match sandbox.add(&opened, &[]).await {
            Ok(()) => return Ok(Some(links.answer())),
            Err(StoreError::Conflict) => {}
            Err(error @ (StoreError::TooLarge | StoreError::Unavailable)) => return Err(error.into()),
        }
    }
    Err(Problem::system())
}

pub async fn query<P: Ports>(merchant: &Merchant<'_, P>, number: &str) -> Answered {
    let trade = merchant.sandbox.trade(&merchant.key(number)).await?.ok_or_else(Problem::no_order)?;
    Ok(Some(views::order(&trade, trade.payments.first())))
}

pub async fn query_payment<P: Ports>(merchant: &Merchant<'_, P>, id: &str) -> Answered {
    let trade = merchant.find(TRANSACTION, id).await?.ok_or_else(Problem::no_order)?;
    let payment = trade.payment(Some(id)).ok_or_else(Problem::no_order)?;
    Ok(Some(views::order(&trade, Some(payment))))
}

/// A number that is closed before it was used cannot be used afterwards: merchants who did this report 204, and a
/// refusal of the later order.
pub async fn close<P: Ports>(merchant: &Merchant<'_, P>, number: &str) -> Answered {
    // The real service names the path as the place, though the number is in the body.
    let mchid = Body::of(merchant.body.as_ref(), &["mchid"])?.text(&MCHID)?;
    let mchid = mchid.ok_or_else(|| Problem::missing("uri_template", MCHID.path, MCHID.label))?;
    is_signer(merchant.account, mchid)?;
    let key = merchant.key(number);
    match merchant.sandbox.try_change(&key, |trade, _| trade.close().map(|event| ((), event))).await? {
        Some((_, Ok(()))) => Ok(None),
        Some((_, Err(Refusal::Paid))) => Err(Problem::paid()),
        Some((_, Err(_))) => Err(Problem::system()),
        None => {
            merchant.sandbox.name(&key, &closed_unused(&merchant.account.mchid, number)).await?;
            Ok(None)
        }
    }
}

pub fn is_signer(merchant: &WeChatMerchant, mchid: &str) -> Result<(), Problem> {
    if mchid == merchant.mchid {
        Ok(())
    } else {
        Err(Problem::invalid("请求中的商户号与签名所用的商户号不一致"))
    }
}

/// The mark of a number that was closed before it was used.
fn closed_unused(mchid: &str, number: &str) -> String {
    name(Provider::WeChat, "unborn", &format!("{mchid}/{number}"))
}

fn read_order(merchant: &WeChatMerchant, kind: Kind, body: Option<&Value>, now: i64) -> Result<Trade, Problem> {
    let of_kind = match kind {
        Kind::Jsapi => "payer/openid",
        Kind::H5 => KNOWN_OF_H5,
        Kind::Native | Kind::App => "",
    };
    let known: Vec<&str> = KNOWN.split_whitespace().chain(of_kind.split_whitespace()).collect();
    let body = Body::of(body, &known)?;
    let appid = body.needed(&APPID)?;
    let mchid = body.needed(&MCHID)?;
    let description = body.needed(&DESCRIPTION)?;
    let number = body.needed(&NUMBER)?;
    let notify_url = body.needed(&NOTIFY_URL)?;
    let amount = body.amount("amount/total", "总金额")?;
    let currency = body.text(&CURRENCY)?.unwrap_or("CNY");
    let attach = body.text(&ATTACH)?.unwrap_or_default();
    body.text(&GOODS_TAG)?;
    let openid = if kind == Kind::Jsapi { body.needed(&OPENID)? } else { "" };
    if kind == Kind::H5 {
        body.needed(&CLIENT_IP)?;
        body.needed(&H5_TYPE)?;
    } else {
        body.text(&CLIENT_IP)?;
    }
    let payable_until = payable_until(body, now)?;
    is_signer(merchant, mchid)?;
    if appid != merchant.appid {
        return Err(Problem::new(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配"));
    }
    let mut details = Map::new();
    for (name, value) in [("appid", appid), ("notify_url", notify_url), ("attach", attach), ("openid", openid)] {
        details.insert(name.to_owned(), value.into());
    }
    details.insert("request".to_owned(), body.plain());
    Ok(Trade {
        method: kind.trade_type().to_owned(),
        subject: description.to_owned(),
        amount,
        currency: currency.to_owned(),
        payable_until: Some(payable_until),
        details,
        ..Trade::new(Provider::WeChat, &merchant.mchid, number, now)
    })
}

fn payable_until(body: Body<'_>, now: i64) -> Result<i64, Problem> {
    let Some(text) = body.text(&TIME_EXPIRE)? else { return Ok(now.saturating_add(PAYABLE_SECONDS)) };
    match time::parse_rfc3339(text) {
        Some(until) if until >= now.saturating_add(MIN_SECONDS) => Ok(until),
        Some(_) | None => {
            let message = "输入源“/body/time_expire”映射到字段“交易结束时间”规则校验失败，时间过短，至少为1分钟";
            Err(Problem::parameter("body", &json!(text), message))
        }
    }
}

/// Repeats a creation: the earlier links to pay stop working.
fn renew(there: &mut Trade, asked: &Trade, links: &PayLinks) -> Result<(), Problem> {
    match there.state {
        TradeState::Paid | TradeState::Processing => return Err(Problem::paid()),
        TradeState::Closed => return Err(Problem::new(400, "ORDER_CLOSED", "订单已关闭")),
        TradeState::Unseen | TradeState::Open | TradeState::Failed => {}
    }
    if there.method != asked.method || there.details.get("request") != asked.details.get("request") {
        return Err(Problem::new(403, "OUT_TRADE_NO_USED", "201 商户订单号重复"));
    }
    there.details.extend(links.0.clone());
    Ok(())
}

/// How the buyer gets to the payment (`code_url`, `h5_url` or `prepay_id`), as it is stored with the order and answered.
struct PayLinks(Map<String, Value>);

impl PayLinks {
    fn new(public_url: &str, kind: Kind, number: &str, now: i64) -> Self {
        let day: String = time::rfc3339(now).chars().filter(char::is_ascii_digit).take(14).collect();
        let prepay_id = format!("wx{day}{}", random::hex(20));
        let mut links = Map::new();
        match kind {
            Kind::Native => {
                let code = format!("weixin://wxpay/bizpayurl?pr={}", random::letters(9));
                links.insert("code_url".to_owned(), code.into());
            }
            Kind::H5 => {
                // Merchants append `&redirect_url=…`, so the URL needs a query.
                let page = page::address(public_url, number);
                let url = format!("{page}?prepay_id={prepay_id}&package={}", random::digits(10));
                links.insert("h5_url".to_owned(), url.into());
            }
            Kind::Jsapi | Kind::App => {
                links.insert("prepay_id".to_owned(), prepay_id.into());
            }
        }
        Self(links)
    }

    fn answer(&self) -> Value {
        Value::Object(self.0.clone())
    }
}
