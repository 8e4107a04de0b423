//! Numbers as providers give them.

use till_domain::provider::Provider;
use till_domain::text::{DisputeNo, OutsideRefundNo, TradeNo};
use till_domain::time::Time;

use crate::random::Random;

const DIGITS: &[u8] = b"0123456789";
const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

pub fn trade_no(random: &mut Random, provider: Provider, at: Time) -> Option<TradeNo> {
    let text = match provider {
        Provider::WeChat => format!("42000{}{}{}", random.letters(DIGITS, 5), date(at), random.letters(DIGITS, 10)),
        Provider::Alipay => format!("{}2200{}", date(at), random.letters(DIGITS, 16)),
        Provider::Stripe => format!("pi_3{}", random.letters(LETTERS, 23)),
    };
    TradeNo::parse(&text).ok()
}

pub fn outside_refund_no(random: &mut Random) -> Option<OutsideRefundNo> {
    OutsideRefundNo::parse(&format!("re_3{}", random.letters(LETTERS, 23))).ok()
}

pub fn dispute_no(random: &mut Random) -> Option<DisputeNo> {
    DisputeNo::parse(&format!("du_1{}", random.letters(LETTERS, 23))).ok()
}

fn date(at: Time) -> String {
    let date = at.in_china();
    format!("{:04}{:02}{:02}", date.year, date.month, date.day)
}
