//! How a world ended, in money and goods: it must be the same after every kind of failure on the way.

use till_domain::order::{Fulfilment, Order, Status, What};
use till_domain::text::QuotaName;

use crate::provider::TradeState;
use crate::world::World;

#[derive(PartialEq, Eq, Debug)]
pub struct Digest {
    orders: Vec<OrderDigest>,
    points: i64,
    exports: u64,
    tier: Option<String>,
    /// The ledger's entries, with orders named by their place.
    ledger: Vec<String>,
    /// Taken and given back.
    money: (u64, u64),
    /// Attempts of orders that a buyer who has seen them can still pay.
    open_trades: usize,
    orphans: usize,
    alarmed: bool,
    orphan_alarmed: bool,
}

#[derive(PartialEq, Eq, Debug)]
struct OrderDigest {
    status: Status,
    fulfilment: Fulfilment,
    kept: Option<u64>,
    back: u64,
    granted: usize,
    revoked: usize,
    superseded: bool,
}

impl Digest {
    pub fn of(world: &World) -> Self {
        let orders = world.orders();
        let wallet = world.wallet().at(world.now());
        let by_place = |mut entry: String| {
            for (place, order) in orders.iter().enumerate() {
                entry = entry.replace(order.no.as_str(), &format!("order {place}"));
            }
            entry
        };
        Self {
            orders: orders.iter().map(digest_order).collect(),
            points: wallet.points(),
            exports: wallet.quota(&QuotaName::parse("exports").unwrap()),
            tier: wallet.tier().map(|tier| tier.name.to_string()),
            ledger: world.ledger().into_iter().map(by_place).collect(),
            money: world.bank.money(),
            open_trades: orders.iter().map(|order| open_trades(world, order)).sum(),
            orphans: world.memory.tables(|tables| tables.orphans.len()),
            alarmed: world.memory.tables(|tables| !tables.alarms.is_empty()),
            orphan_alarmed: world.memory.tables(|tables| !tables.orphan_alarms.is_empty()),
        }
    }

    /// Money and goods agree: each order is granted at most once a revoke, and no money went both ways.
    pub fn check(&self) {
        assert_eq!(self.open_trades, 0, "a decided order can still be paid");
        for order in &self.orders {
            assert!(order.granted <= 1 && order.revoked <= order.granted, "{order:?}");
        }
    }
}

fn digest_order(order: &Order) -> OrderDigest {
    let times = |what: What| order.timeline.iter().filter(|moment| moment.what == what).count();
    OrderDigest {
        status: order.status(),
        fulfilment: order.fulfilment(),
        kept: order.kept().map(|kept| kept.amount.minor()),
        back: order.refunded_amount().minor(),
        granted: times(What::Granted),
        revoked: times(What::Revoked),
        superseded: order.superseded.is_some(),
    }
}

fn open_trades(world: &World, order: &Order) -> usize {
    let numbers = order.attempts.iter().map(|attempt| order.no.payment(attempt.n));
    let shown = numbers.filter(|no| world.shown.borrow().contains(&format!("qr-{no}")));
    world.bank.books(|books| shown.filter(|no| books.trades[no].state == TradeState::Open).count())
}
