//! What only the stored items show. The promises of the ports are in `cases`.

use std::collections::{BTreeMap, BTreeSet};

use dynoxide::AttributeValue;
use dynoxide::types::item_size;
use till_app::ports::{
    Connection, CountCalls as _, DuePart, FindDue as _, KeepConnection as _, Listens, LoadOrder as _, SaveOrder as _,
    Saved, Scope, Unavailable,
};
use till_app::spend::{Spending, spend};
use till_domain::id::OrderNo;
use till_domain::order::{Facts, Order};
use till_domain::time::Seconds;

use crate::cases::flows::Shop;
use crate::cases::size::bulky;
use crate::cases::{sales, trail};
use crate::fixture::{
    key as request_key, membership, next, order, order_of, over, paid, reason, save, service, start, user,
};
use crate::table::{InTable, Item, key};
use crate::tested_store::TestedStore as _;

fn run(steps: impl AsyncFnOnce(&InTable)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { steps(&InTable::new().await).await });
}

fn item_of(tested: &InTable, no: OrderNo) -> Item {
    let partition = format!("ORDER#{no}");
    let is_it = |item: &Item| key(item, "pk") == partition && key(item, "sk") == "ORDER";
    tested.items().into_iter().find(is_it).unwrap()
}

fn number(item: &Item, name: &str) -> Option<i64> {
    match item.get(name)? {
        AttributeValue::N(number) => number.parse().ok(),
        other => panic!("{name} is no number: {other:?}"),
    }
}

/// An order near 384 KiB is stored; with one more refund it is not.
#[test]
fn order_is_stored_up_to_384_kib() {
    run(async |tested| {
        // A first version under a new number: only its size matters here.
        let save = async |refunds: u32| {
            let mut facts = Facts::clone(&bulky(&paid(&order(1)), refunds));
            (facts.no, facts.version) = (OrderNo::mint(start(), 10_000 + u64::from(refunds)), 1);
            (facts.no, tested.store().save_order(&Order::from_facts(facts)).await)
        };
        let (mut fits, mut refused) = (1_u32, 8_000_u32);
        while refused - fits > 1 {
            let middle = fits.midpoint(refused);
            match save(middle).await {
                (no, Ok(Saved::Yes)) => {
                    let bytes = item_size(&item_of(tested, no));
                    assert!(bytes <= 384 * 1024, "{middle} refunds are {bytes} bytes");
                    fits = middle;
                }
                (no, Err(Unavailable)) => {
                    assert_eq!(tested.store().load_order(no).await, Ok(None), "nothing is written");
                    refused = middle;
                }
                (_, Ok(Saved::Conflict(there))) => panic!("{middle} meets {there:?}"),
            }
        }
        let bytes = item_size(&item_of(tested, OrderNo::mint(start(), 10_000 + u64::from(fits))));
        assert!(bytes > 383 * 1024, "{fits} refunds are only {bytes} bytes, and one more is refused");
    });
}

#[test]
fn ordinary_order_costs_one_write_unit() {
    run(async |tested| {
        let shop = Shop::open(tested).await;
        let order = shop.create(None).await.order;
        let mut sizes = vec![item_size(&item_of(tested, order.no))];
        shop.settle(&order, &shop.pay(&order)).await;
        sizes.push(item_size(&item_of(tested, order.no)));
        shop.fulfil_tasks().await;
        sizes.push(item_size(&item_of(tested, order.no)));
        assert!(sizes.iter().all(|bytes| *bytes <= 1024), "created, paid, granted: {sizes:?}");
    });
}

#[test]
fn paid_orders_and_wallets_have_no_ttl() {
    run(async |tested| {
        let shop = Shop::open(tested).await;
        let order = shop.create(Some("k")).await.order;
        shop.settle(&order, &shop.pay(&order)).await;
        shop.fulfil_tasks().await;
        tested.store().count_call(Scope::CreationsOfUser, user().as_str(), tested.now()).await.unwrap();
        let abandoned = order_of(user(), start(), 77);
        save(tested.store(), &[&abandoned, &over(&abandoned)]).await;
        let mut kinds: BTreeMap<String, BTreeSet<bool>> = BTreeMap::new();
        for item in tested.items() {
            let word = |name| key(&item, name).split('#').next().unwrap_or_default().to_owned();
            let kind = format!("{} {}", word("pk"), word("sk"));
            let kind = if kind == "ORDER ORDER" { format!("{kind} {}", item.contains_key("pa")) } else { kind };
            kinds.entry(kind).or_default().insert(item.contains_key("ttl"));
        }
        let expected = [
            ("ORDER ORDER false", true),
            ("ORDER ORDER true", false),
            ("ORDER REC", true),
            ("USER LEDGER", false),
            ("USER WALLET", false),
        ];
        for (kind, ends) in expected {
            assert_eq!(kinds.get(kind), Some(&BTreeSet::from([ends])), "{kind}: {kinds:?}");
        }
        for (kind, ends) in &kinds {
            let is_temporary = ["IDEM", "RATE"].iter().any(|word| kind.starts_with(word));
            assert!(!is_temporary || *ends == BTreeSet::from([true]), "{kind} is never deleted");
        }
        assert!(kinds.keys().any(|kind| kind.starts_with("IDEM")) && kinds.keys().any(|kind| kind.starts_with("RATE")));
    });
}

/// An index contains every item with its key attributes, and a write with another type under their names fails.
#[test]
fn only_orders_are_indexed() {
    run(async |tested| {
        // It passes half a century, so it comes first.
        trail::reports_of_an_orphan_are_kept_together_and_never_deleted(tested).await;
        let shop = Shop::open(tested).await;
        let silver = shop.ask(&membership("silver", 1, 3_000), false, Some("k1")).await.unwrap().order;
        shop.buy(&silver).await;
        tested.pass(Seconds::days(15));
        let gold = shop.ask(&membership("gold", 2, 9_000), true, Some("k2")).await.unwrap().order;
        shop.buy(&gold).await;
        let bought = shop.create(None).await.order;
        shop.buy(&bought).await;
        let spending =
            Spending { user: user(), key: request_key("s"), points: 1, quota: None, reason: reason(), by: service() };
        spend(&shop.ports(), &spending).await.unwrap();
        shop.refund(&bought, true).await;
        shop.fulfil_tasks().await;
        tested.store().count_call(Scope::Refreshes, gold.no.as_str(), tested.now()).await.unwrap();
        let connection = Connection { id: "c1=".to_owned(), user: user(), listens: Listens::Order(gold.no) };
        tested.store().keep_connection(&connection).await.unwrap();
        assert_eq!(tested.store().use_ticket("a", "c1=", tested.now().plus(Seconds(60))).await, Ok(true));
        trail::rejected_callbacks_are_kept_once_a_minute(tested).await;
        sales::of_two_changes_of_sales_at_once_one_is_refused(tested).await;
        let items = tested.items();
        let kinds: BTreeSet<&str> = items.iter().map(|item| kind(key(item, "pk"))).collect();
        let all = [
            "ACCOUNT", "IDEM", "ORDER", "ORPHAN", "PRODUCT", "PUSH", "RATE", "SALES", "STRAY", "TEAM", "TICKET", "USER",
        ];
        assert_eq!(kinds, BTreeSet::from(all), "every kind of item took part");
        for item in &items {
            let has = |names: &[&str]| names.iter().any(|name| item.contains_key(*name));
            let (is_order, is_record) = (key(item, "sk") == "ORDER", key(item, "sk").starts_with("REC#"));
            assert!(!has(&["u", "ds", "due"]) || is_order, "{item:?}");
            let waits_as = if is_order { "HELD" } else { "ORPHAN" };
            let has_its_value = !has(&["held"]) || key(item, "held") == waits_as;
            assert!(
                has_its_value && (is_order || kind(key(item, "pk")) == "ORPHAN" || !has(&["held", "hs"])),
                "{item:?}"
            );
            assert_eq!(has(&["day"]), is_order || (is_record && has(&["by"])), "{item:?}");
            assert!(!has(&["tr"]) || is_order || key(item, "sk").starts_with("TRADE#"), "{item:?}");
        }
    });
}

fn kind(partition: &str) -> &str {
    partition.split('#').next().unwrap_or_default()
}

#[test]
fn due_orders_spread_over_sixteen_shards_and_others_are_in_none() {
    run(async |tested| {
        for entropy in 0..200 {
            save(tested.store(), &[&order(entropy)]).await;
        }
        save(tested.store(), &[&over(&order(0))]).await;
        let items = tested.items();
        let shards: BTreeSet<&str> =
            items.iter().filter(|item| item.contains_key("ds")).map(|item| key(item, "ds")).collect();
        let all: BTreeSet<String> = (0..16).map(|n| format!("D#{n:02}")).collect();
        assert_eq!(shards, all.iter().map(String::as_str).collect());
        assert!(
            items.iter().all(|item| item.contains_key("ds") == item.contains_key("due")),
            "an index wants both keys"
        );
        assert!(!item_of(tested, order(0).no).contains_key("ds"), "nothing is left to do");
    });
}

/// Two processes write in turns, and each knows only the entries that it has seen.
#[test]
fn due_entry_is_never_later_than_the_order_is_due() {
    run(async |tested| {
        let processes = [tested.store(), tested.other_process()];
        let mut stands = order(1);
        save(processes[0], &[&stands]).await;
        for (turn, seconds) in (1_u32..).zip([0, 61, 70, 200, 201, 900, 1_500, 1_801, 1_900]) {
            let process = processes[usize::from(turn % 3 == 0)];
            if turn % 2 == 0 {
                assert_eq!(process.load_order(stands.no).await, Ok(Some(stands.clone())));
            }
            stands = next(&stands, start().plus(Seconds(seconds)));
            save(process, &[&stands]).await;
            let due = stands.due_at().unwrap().unix();
            let entry = number(&item_of(tested, stands.no), "due").unwrap();
            assert!((due - 120..=due).contains(&entry), "due at {due}, found at {entry}");
        }
    });
}

/// With more entries than a page has.
#[test]
fn due_index_is_read_page_by_page() {
    const ENTRIES: u32 = 12_000;
    run(async |tested| {
        let text = |text: String| AttributeValue::S(text);
        let entry = |n: u32| {
            let no = OrderNo::mint(start(), u64::from(n));
            let due = start().plus(Seconds(n)).unix();
            Item::from([
                ("pk".to_owned(), text(format!("ORDER#{no}"))),
                ("sk".to_owned(), text("ORDER".to_owned())),
                ("ds".to_owned(), text("D#03".to_owned())),
                ("due".to_owned(), AttributeValue::N(due.to_string())),
            ])
        };
        let entries: Vec<Item> = (0..ENTRIES).map(entry).collect();
        let bytes: usize = entries.iter().map(item_size).sum();
        tested.put_items(entries);
        tested.tap.take_metered();
        let end = start().plus(Seconds(ENTRIES));
        let found = tested.store().find_due(DuePart::All, end, 20_000).await.unwrap();
        let expected: Vec<OrderNo> = (0..ENTRIES).map(|n| OrderNo::mint(start(), u64::from(n))).collect();
        assert!(found == expected, "{} of {ENTRIES}, in their order", found.len());
        let queries = tested.tap.take_metered().len();
        assert!(queries >= 16 + bytes / (1024 * 1024), "{queries} queries for {bytes} bytes");
        assert_eq!(tested.store().find_due(DuePart::All, end, 5).await.unwrap(), expected[..5]);
    });
}
