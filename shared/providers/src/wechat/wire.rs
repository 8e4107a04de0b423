//! The shapes that go over the wire. Fields that are not read are ignored; those that are read have one type and
//! are there at most once. Amounts are whole numbers of fen: a fraction or a text is no amount.

use serde::{Deserialize, Serialize};

/// `POST /v3/pay/transactions/…`. The same trade always has the same fields in the same order, so that a repetition is the
/// same request.
#[derive(Serialize)]
pub(super) struct Create<'a> {
    pub appid: &'a str,
    pub mchid: &'a str,
    pub description: &'a str,
    pub out_trade_no: String,
    pub time_expire: String,
    pub notify_url: &'a str,
    pub amount: Price<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer: Option<Openid<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<Scene<'a>>,
}

#[derive(Serialize)]
pub(super) struct Price<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund: Option<u64>,
    pub total: u64,
    pub currency: &'a str,
}

#[derive(Serialize)]
pub(super) struct Openid<'a> {
    pub openid: &'a str,
}

#[derive(Serialize)]
pub(super) struct Scene<'a> {
    pub payer_client_ip: &'a str,
    pub h5_info: H5<'a>,
}

#[derive(Serialize)]
pub(super) struct H5<'a> {
    #[serde(rename = "type")]
    pub kind: &'a str,
}

/// The answer to [`Create`]: one of the three, depending on the method.
#[derive(Deserialize)]
pub(super) struct Created {
    pub code_url: Option<String>,
    pub prepay_id: Option<String>,
    pub h5_url: Option<String>,
}

/// `POST …/close`.
#[derive(Serialize)]
pub(super) struct Close<'a> {
    pub mchid: &'a str,
}

/// `POST /v3/refund/domestic/refunds`.
#[derive(Serialize)]
pub(super) struct Refund<'a> {
    pub transaction_id: &'a str,
    pub out_refund_no: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
    pub notify_url: &'a str,
    pub amount: Price<'a>,
}

/// A trade in an answer or in a notification.
#[derive(Deserialize)]
pub(super) struct Trade {
    pub appid: Option<String>,
    pub mchid: Option<String>,
    pub out_trade_no: Option<String>,
    pub transaction_id: Option<String>,
    #[serde(rename = "trade_state")]
    pub state: Option<String>,
    pub success_time: Option<String>,
    pub payer: Option<Payer>,
    pub amount: Option<Amount>,
}

#[derive(Deserialize)]
pub(super) struct Payer {
    pub openid: Option<String>,
}

/// `total` and `refund` are the merchant's amounts. `payer_total`, what the buyer paid after coupons, is not read, because it
/// differs from the order's price.
#[derive(Deserialize)]
pub(super) struct Amount {
    pub total: Option<u64>,
    pub refund: Option<u64>,
    pub currency: Option<String>,
}

/// A refund in an answer (`status`) or in a notification (`refund_status`, `mchid`).
#[derive(Deserialize)]
pub(super) struct Refunded {
    pub mchid: Option<String>,
    pub out_trade_no: Option<String>,
    pub transaction_id: Option<String>,
    pub out_refund_no: Option<String>,
    pub refund_id: Option<String>,
    pub status: Option<String>,
    pub refund_status: Option<String>,
    pub amount: Option<Amount>,
}

/// An error's body. Its `message` is for people and is not read.
#[derive(Deserialize)]
pub(super) struct Refusal {
    pub code: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Notification {
    pub id: Option<String>,
    pub create_time: Option<String>,
    pub event_type: String,
    pub resource: Option<Resource>,
}

#[derive(Deserialize)]
pub(super) struct Resource {
    pub algorithm: String,
    pub original_type: Option<String>,
    pub nonce: String,
    pub associated_data: Option<String>,
    pub ciphertext: String,
}

/// `GET /v3/certificates`.
#[derive(Deserialize)]
pub(super) struct Certificates {
    pub data: Vec<CertificateEntry>,
}

/// One certificate, which holds its own period of validity.
#[derive(Deserialize)]
pub(super) struct CertificateEntry {
    pub serial_no: String,
    pub encrypt_certificate: Resource,
}
