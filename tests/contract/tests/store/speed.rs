//! What the first page of each list of the team costs does not depend on how much is stored. It is counted in read units and calls,
//! since times depend on the machine.
//!
//! `TILL_LIST_ORDERS=1000000` compares with so many orders instead of 20,000; `--nocapture` prints how long each page takes.

use std::time::{Duration, Instant};

use dynoxide::AttributeValue;
use till_app::ports::{
    Cause, FindTrade as _, KeepOrphan as _, KeepRecord as _, KeepRejected as _, ListHeld as _, ListNumbers as _,
    ListOrders as _, ListOrphans as _, ListRecords as _, ListRejected as _, LoadOrders as _, Orphan, Outcome, Record,
    RejectedCallback,
};
use till_aws::Aws;
use till_domain::day::{Day, Days};
use till_domain::id::OrderNo;
use till_domain::order::Says;
use till_domain::provider::Provider;
use till_domain::text::TradeNo;
use till_domain::time::Seconds;

use crate::fixture::{account, number, order, paid, price, report, save, service, start, user};
use crate::table::{InTable, Item, key};
use crate::tested_store::TestedStore as _;

const FEW: u32 = 200;
const MANY: u32 = 20_000;
/// As many as a page of the function team-view has.
const PAGE: usize = 50;
/// Orders that the engine takes in at once.
const AT_ONCE: u32 = 10_000;

#[derive(Clone, Copy, Debug)]
enum List {
    Orders,
    OrdersOfADay,
    OrdersOfAUser,
    OrderOfAPayment,
    HeldOrders,
    Orphans,
    RejectedCallbacks,
    RecordsOfAnOrder,
    /// Its cost grows with the commands of a day, and not with the orders.
    Commands,
}

impl List {
    const ALL: [Self; 9] = [
        Self::Orders,
        Self::OrdersOfADay,
        Self::OrdersOfAUser,
        Self::OrderOfAPayment,
        Self::HeldOrders,
        Self::Orphans,
        Self::RejectedCallbacks,
        Self::RecordsOfAnOrder,
        Self::Commands,
    ];

    /// Reads the first page as the function does; the number of its entries.
    async fn first_page(self, store: &Aws) -> usize {
        let today = Day::of(start());
        let of_days = async |days: Days| {
            let found = store.list_numbers(days, None, PAGE).await.unwrap();
            store.load_orders(&found.numbers).await.unwrap().orders.len()
        };
        match self {
            Self::Orders => of_days(Days { first: today.minus(29), last: today }).await,
            Self::OrdersOfADay => of_days(Days::one(today)).await,
            Self::OrdersOfAUser => store.list_orders(&user(), None, PAGE).await.unwrap().orders.len(),
            Self::OrderOfAPayment => {
                let found = store.find_trade(Provider::WeChat, &trade(7)).await.unwrap();
                store.load_orders(&found).await.unwrap().orders.len()
            }
            Self::HeldOrders => {
                let held = store.list_held(None, PAGE).await.unwrap();
                let numbers: Vec<OrderNo> = held.iter().map(|held| held.no).collect();
                store.load_orders(&numbers).await.unwrap().orders.len()
            }
            Self::Orphans => store.list_orphans(Provider::WeChat, None, PAGE).await.unwrap().items.len(),
            Self::RejectedCallbacks => store.list_rejected(today, None, PAGE).await.unwrap().items.len(),
            Self::RecordsOfAnOrder => store.list_records(number(1), None, PAGE).await.unwrap().items.len(),
            Self::Commands => store.list_commands(today, None, PAGE).await.unwrap().items.len(),
        }
    }
}

fn trade(n: u32) -> TradeNo {
    TradeNo::parse(&format!("4200{n:012}")).unwrap()
}

/// One stored item of each kind, of which all others are copies under keys of their own.
struct Samples {
    order: Item,
    orphan: Item,
    rejected: Item,
    record: Item,
}

impl Samples {
    async fn new(tested: &InTable) -> Self {
        let store = tested.store();
        save(store, &[&order(1), &paid(&order(1))]).await;
        let says = Says::Paid { trade_no: trade(0), amount: price(), paid_at: start(), buyer: None };
        let orphan = Orphan { number: "theirs".to_owned(), trade_no: trade(0), report: report(says), at: start() };
        store.keep_orphan(&orphan).await.unwrap();
        let rejected = RejectedCallback {
            provider: Provider::WeChat,
            account: "main".to_owned(),
            reason: "bad_signature",
            from: "203.0.113.9".to_owned(),
            length: 900,
            hash: "ab".repeat(32),
            at: start(),
        };
        store.keep_rejected(&rejected).await;
        store.keep_record(record(None)).await;
        for _ in 0..PAGE {
            store.keep_record(record(Some(service()))).await;
        }
        let items = tested.items();
        let find = |is_it: &dyn Fn(&Item) -> bool| items.iter().find(|item| is_it(item)).unwrap().clone();
        Self {
            order: find(&|item| key(item, "sk") == "ORDER"),
            orphan: find(&|item| key(item, "pk").starts_with("ORPHAN#")),
            rejected: find(&|item| key(item, "pk").starts_with("STRAY#")),
            record: find(&|item| key(item, "sk").starts_with("REC#") && !item.contains_key("by")),
        }
    }

    /// The n-th order, every third one on hold; with every fourth an orphan, a rejected callback and a record besides.
    fn items(&self, n: u32) -> Vec<Item> {
        let no = OrderNo::mint(start().minus(Seconds(n % 3_600)), 1_000_000 + u64::from(n));
        let mut order = with(&self.order, &[("pk", &format!("ORDER#{no}")), ("tr", &format!("wechat#{}", trade(n)))]);
        order.insert("day".to_owned(), text(&format!("{}#{}", Day::of_order(no), n % 4)));
        if n.is_multiple_of(3) {
            order.insert("held".to_owned(), text("HELD"));
            order.insert("hs".to_owned(), AttributeValue::N(start().unix().to_string()));
        }
        if !n.is_multiple_of(4) {
            return vec![order];
        }
        let place = format!("REC#{:012}#{:04x}", start().unix() - i64::from(n / 0x1_0000), n % 0x1_0000);
        let others = [(&self.orphan, trade(n).to_string()), (&self.rejected, place.clone()), (&self.record, place)];
        others.iter().map(|(item, place)| with(item, &[("sk", place)])).chain([order]).collect()
    }
}

fn record(by: Option<till_app::caller::Caller>) -> Record {
    let no = if by.is_some() { number(2) } else { number(1) };
    Record {
        order: no,
        at: start(),
        cause: Cause::Command,
        account: Some(account()),
        outcome: Outcome::Unanswered,
        callback: None,
        by,
        remedy: None,
    }
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn with(item: &Item, changes: &[(&str, &str)]) -> Item {
    let mut item = item.clone();
    item.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), text(value))));
    item
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Cost {
    half_units: u64,
    calls: usize,
}

/// What the first page of each list costs, and how long it takes.
async fn measure(orders: u32) -> Vec<(Cost, Duration)> {
    let tested = InTable::new().await;
    let samples = Samples::new(&tested).await;
    for from in (0..orders).step_by(AT_ONCE.try_into().unwrap()) {
        tested.put_items((from..orders.min(from + AT_ONCE)).flat_map(|n| samples.items(n)).collect());
    }
    let mut pages = Vec::new();
    for list in List::ALL {
        tested.tap.take_metered();
        let begun = Instant::now();
        let entries = list.first_page(tested.store()).await;
        let expected = if matches!(list, List::OrderOfAPayment) { 1 } else { PAGE };
        assert_eq!(entries, expected, "{list:?} of {orders} orders");
        let calls = tested.tap.take_metered();
        let half_units = calls.iter().map(|call| call.half_units).sum();
        pages.push((Cost { half_units, calls: calls.len() }, begun.elapsed()));
    }
    pages
}

#[test]
fn first_page_of_a_list_costs_the_same_among_few_and_many_orders() {
    let many = std::env::var("TILL_LIST_ORDERS").map_or(MANY, |orders| orders.parse().expect("a number of orders"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let of = |orders| runtime.block_on(measure(orders));
    let (few, many) = (of(FEW), of(many));
    println!("{:<20} {:>6} {:>6} {:>10} {:>10}", "first page of", "units", "calls", "of few", "of many");
    for ((list, (cost, quick)), (_, slow)) in List::ALL.iter().zip(&few).zip(&many) {
        let Cost { half_units, calls } = cost;
        let units = format!("{}.{}", half_units / 2, half_units % 2 * 5);
        println!("{:<20} {units:>6} {calls:>6} {quick:>10.1?} {slow:>10.1?}", format!("{list:?}"));
    }
    for ((list, (few, _)), (many, _)) in List::ALL.iter().zip(&few).zip(&many) {
        assert_eq!(few, many, "{list:?}");
        assert!(few.half_units > 0 && few.calls > 0, "{list:?} was not counted");
    }
}
