//! Turns a job into an errand in the present world: the request, notice or message that a worker gets.

use till_app::by_hand::HandRequest;
use till_app::caller::{Caller, Role};
use till_app::cancel::Canceller;
use till_app::create::CreateRequest;
use till_app::ports::{DuePart, Payer, RequestHash};
use till_app::remedy::RemedyRequest;
use till_app::retry::RetryRequest;
use till_app::spend::Spending;
use till_domain::id::AttemptNo;
use till_domain::language::Language;
use till_domain::money::Money;
use till_domain::order::{Fingerprint, RefundRequest, Remedy, RemedyWord, Report, Resolution, Says, Statement};
use till_domain::provider::Provider;
use till_domain::text::TradeNo;
use till_memory::due_shard;

use super::World;
use crate::act::{Job, Part, Statement as Stated};
use crate::cast;
use crate::errand::Errand;
use crate::providers::Trade;

impl World {
    /// The errand of a job in the present world; `None` if it does not fit.
    pub(crate) fn errand_for(&mut self, job: Job) -> Option<Errand> {
        Some(match job {
            Job::Create { user, product, method, key, upgrade } => {
                let (kind, product_id) = cast::product_id(product);
                let mut hash = [0; 32];
                hash[0] = product;
                hash[1] = method as u8;
                hash[2] = u8::from(upgrade);
                Errand::Create(CreateRequest {
                    by: Caller::buyer(cast::user(user)),
                    kind,
                    product: product_id,
                    method,
                    currency: None,
                    is_upgrade: upgrade,
                    language: Language::Chinese,
                    key: key.map(cast::key),
                    hash: RequestHash(hash),
                    payer: Payer::default(),
                })
            }
            Job::Retry { order, method } => {
                let order = self.order(order)?;
                let (by, no) = (Caller::buyer(order.sold.user.clone()), order.no);
                Errand::Retry(RetryRequest { by, no, method, payer: Payer::default() })
            }
            Job::Cancel { order, admin } => {
                let order = self.order(order)?;
                let buyer = order.sold.user.clone();
                let who = if admin { Canceller::Admin(cast::admin()) } else { Canceller::Buyer(buyer) };
                Errand::Cancel(who, order.no)
            }
            Job::Refund { order, payment, part, revoke, key } => {
                let order = self.order(order)?;
                let of = match payment {
                    Some(place) => order.payments.get(usize::from(place))?,
                    None => order.kept()?,
                };
                let amount = match part {
                    Part::Rest => None,
                    Part::Half => Some(of.amount.share(1, 2)),
                    Part::TooMuch => Money::new(of.amount.minor() + 1, of.amount.currency()).ok(),
                };
                let trade_no = payment.map(|_| of.trade_no.clone());
                let (key, reason, by) = (cast::key(key), cast::reason(), cast::admin());
                Errand::Refund(order.no, RefundRequest { key, trade_no, amount, revoke, reason, by })
            }
            Job::Resolve { order, payment, word, decision } => {
                let order = self.order(order)?;
                let about = payment.and_then(|place| order.payments.get(usize::from(place)));
                let trade = about.and_then(|payment| self.providers.trade_of(&payment.trade_no));
                let given = trade.map_or(0, |trade| self.providers.given(trade));
                let resolution = Resolution {
                    word,
                    trade_no: about.map(|payment| payment.trade_no.clone()),
                    decision,
                    // The person looks the amount up at the provider, so it is right.
                    amount: about.and_then(|payment| Money::new(given, payment.amount.currency()).ok()),
                    by: cast::admin(),
                    reason: cast::reason(),
                };
                Errand::Resolve(order.no, resolution)
            }
            Job::Deliver { notice } => self.delivery(notice.into())?,
            Job::Receive { message } => {
                let queue = &mut self.tables.queue;
                // How often a message was received matters only to itself, so the search does not count it.
                let task = if self.copied { queue.peek(message)? } else { queue.receive(message)? };
                Errand::Fulfil(message, task)
            }
            Job::Sweep { at_once, shard_of: None } => Errand::Sweep(at_once, DuePart::All),
            Job::Sweep { at_once, shard_of: Some(order) } => {
                Errand::Sweep(at_once, DuePart::Shard(due_shard(self.order(order)?.no)))
            }
            Job::AskDisputes { other: false } => Errand::AskDisputes(cast::account(Provider::Stripe)),
            Job::AskDisputes { other: true } => Errand::AskDisputes(cast::other_account(Provider::Stripe)),
            Job::ByHand { user, asks, key } => {
                let (asked, reason) = cast::by_hand(asks);
                let by = Caller::admin(cast::admin());
                Errand::ByHand(HandRequest { user: cast::user(user), key: cast::key(key), asked, reason, by })
            }
            Job::Complete { order, attempt, stated, key } => self.completion(order, attempt, stated, key)?,
            Job::SettleOrphan { order, orphan, key } => {
                let no = self.order(order)?.no;
                let orphan = self.tables.orphans.get(usize::from(orphan))?;
                let (provider, trade_no) = (orphan.report.account.provider, orphan.trade_no.clone());
                Errand::SettleOrphan(provider, trade_no, no, remedy(RemedyWord::SettleOrphan, key))
            }
            Job::Spend { user, points, quota, key } => Errand::Spend(Spending {
                user: cast::user(user),
                key: cast::key(key),
                points: points.into(),
                quota: (quota > 0).then(|| (cast::quota(), quota.into())),
                reason: cast::reason(),
                by: Caller { user: cast::admin(), role: Role::Service },
            }),
        })
    }

    fn completion(&self, order: u16, attempt: u8, stated: Stated, key: u8) -> Option<Errand> {
        let order = self.order(order)?;
        let n = AttemptNo::new(attempt)?;
        let booked = || {
            let of = |trade: &&Trade| trade.payment_no == order.no.payment(n);
            self.providers.trades.iter().filter(of).find_map(|trade| trade.taken.as_ref())
        };
        let made_up = || TradeNo::parse("made-up").ok();
        let trade_no = match stated {
            Stated::Nothing => None,
            Stated::True => booked().map(|taken| taken.trade_no.clone()).or_else(made_up),
            Stated::MadeUp => made_up(),
        };
        let statement = trade_no.map(|trade_no| Statement {
            attempt: n,
            trade_no,
            amount: order.sold.price,
            evidence: cast::reason(),
            by: cast::admin(),
        });
        Some(Errand::Complete(order.no, remedy(RemedyWord::Complete, key), statement))
    }

    pub(crate) fn delivery(&self, notice: usize) -> Option<Errand> {
        let notice = self.providers.notices.get(notice)?;
        let report = |says: &Says| Report {
            attempt: notice.payment_no.attempt,
            account: notice.account.clone(),
            asked_at: None,
            says: says.clone(),
        };
        Some(Errand::Settle(notice.payment_no, notice.says.iter().map(report).collect()))
    }
}

fn remedy(word: RemedyWord, key: u8) -> RemedyRequest {
    let remedy = Remedy { word, key: Fingerprint(key.into()), request: Fingerprint(word as u128) };
    RemedyRequest { remedy, by: cast::admin(), reason: cast::reason() }
}
