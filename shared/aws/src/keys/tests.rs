//! Every key as it is stored: its form never changes.

use till_domain::wallet::GrantRound;

use super::*;

fn start() -> Time {
    Time::from_unix(1_795_244_400).unwrap()
}

const NO: &str = "ORD20261121150000ABCDEF12";

fn shown(key: ItemKey) -> (String, String) {
    (key.pk, key.sk)
}

#[test]
fn every_kind_of_item_has_its_key() {
    let (no, user) = (OrderNo::parse(NO).unwrap(), UserId::parse("u-1").unwrap());
    // 2026-11-21 15:00:00 in China.
    let at = Time::from_unix(1_795_244_400).unwrap();
    let key = RequestKey::parse("abc").unwrap();
    let spend = Source::Spend(key.clone());
    let revoke = Source::Revoke(GrantRound::first(no));
    let id = AccountId::parse("main").unwrap();
    let (kind, product_id) = (ProductType::parse("points").unwrap(), ProductId::parse("1").unwrap());
    let rows = [
        (order(no), format!("ORDER#{NO}"), "ORDER".to_owned()),
        (record(no, at, 0xf_beef), format!("ORDER#{NO}"), "REC#001795244400#beef".to_owned()),
        (orphan(Provider::WeChat, &TradeNo::parse("42").unwrap()), "ORPHAN#wechat".to_owned(), "42".to_owned()),
        (
            trade_of_order(no, Provider::Stripe, &TradeNo::parse("pi_1").unwrap()),
            format!("ORDER#{NO}"),
            "TRADE#stripe#pi_1".to_owned(),
        ),
        (
            team_record(&TeamSubject::User(user.clone()), at, 0xf_beef),
            "TEAM#user#u-1".to_owned(),
            "REC#001795244400#beef".to_owned(),
        ),
        (
            team_record(&TeamSubject::Account(Account { provider: Provider::Stripe, id: id.clone() }), at, 1),
            "TEAM#account#stripe/main".to_owned(),
            "REC#001795244400#0001".to_owned(),
        ),
        (
            team_record(&TeamSubject::Product(kind.clone(), product_id.clone()), at, 1),
            "TEAM#product#points/1".to_owned(),
            "REC#001795244400#0001".to_owned(),
        ),
        (
            team_record(&TeamSubject::Sales, at, 1),
            "TEAM#sales#new_orders".to_owned(),
            "REC#001795244400#0001".to_owned(),
        ),
        (stray(at, 1), "STRAY#2026-11-21".to_owned(), "REC#001795244400#0001".to_owned()),
        (statistics(Day::of(at)), "STATS#2026-11-21".to_owned(), "DAY".to_owned()),
        (wallet(&user), "USER#u-1".to_owned(), "WALLET".to_owned()),
        (ledger(&user, &spend), "USER#u-1".to_owned(), "LEDGER#spend#abc".to_owned()),
        (ledger(&user, &revoke), "USER#u-1".to_owned(), format!("LEDGER#{NO}#revoke")),
        (connection(&user, "c="), "PUSH#u-1".to_owned(), "CONN#c=".to_owned()),
        (ticket("ab"), "TICKET#ab".to_owned(), "TICKET".to_owned()),
        (product(&kind, &product_id), "PRODUCT".to_owned(), "points#1".to_owned()),
        (sales(), "SALES".to_owned(), "SALES".to_owned()),
        (
            dispute_look(&Account { provider: Provider::Stripe, id: id.clone() }),
            "DISPUTES#stripe".to_owned(),
            "main".to_owned(),
        ),
        (alarm(AlarmWord::Orphan, "wechat:42"), "ALARM".to_owned(), "orphan#wechat:42".to_owned()),
        (after_word("orphan#wechat:42"), "ALARM".to_owned(), "orphan$".to_owned()),
        (ended_alarm(AlarmWord::Orphan, "wechat:42"), "ALARM".to_owned(), "OVER#orphan#wechat:42".to_owned()),
        (sending_turn(), "ALARM".to_owned(), "TURN".to_owned()),
        (account(Provider::Stripe, &id), "ACCOUNT#stripe".to_owned(), "main".to_owned()),
        // SHA-256 of "abc": FIPS 180-4's first example.
        (
            claim(&user, &key),
            "IDEM#u-1".to_owned(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned(),
        ),
        (rate(Scope::CreationsOfAddress, "::1", at), "RATE#address#::1".to_owned(), "29920740".to_owned()),
        (rate(Scope::CreationsOfUser, "u-1", at), "RATE#user#u-1".to_owned(), "29920740".to_owned()),
        (rate(Scope::ActionsOfUser, "u-1", at), "RATE#actions#u-1".to_owned(), "29920740".to_owned()),
        (rate(Scope::ActionsOfAddress, "::1", at), "RATE#actions_address#::1".to_owned(), "29920740".to_owned()),
        (rate(Scope::TicketsOfUser, "u-1", at), "RATE#tickets#u-1".to_owned(), "29920740".to_owned()),
        (rate(Scope::TicketsOfAddress, "::1", at), "RATE#tickets_address#::1".to_owned(), "29920740".to_owned()),
        (rate(Scope::Refreshes, NO, at), format!("RATE#refresh#{NO}"), "179524440".to_owned()),
    ];
    for (key, pk, sk) in rows {
        assert_eq!(shown(key), (pk, sk));
    }
}

#[test]
fn order_number_is_parsed_from_its_partition_key() {
    let no = OrderNo::parse(NO).unwrap();
    assert_eq!(parse_order_partition(&order_partition(no)), Some(no));
    for pk in ["", NO, "ORDER#", "ORDER#1", "USER#u-1"] {
        assert_eq!(parse_order_partition(pk), None, "{pk}");
    }
}

#[test]
fn subject_of_a_record_is_parsed_from_its_partition_key() {
    let user = TeamSubject::User(UserId::parse("u-1").unwrap());
    assert_eq!(parse_team_partition(&team_partition(&user)), Some(("user", "u-1")));
    assert_eq!(parse_team_partition("TEAM#later#a#b"), Some(("later", "a#b")), "a kind of a later release");
    for pk in ["", "TEAM#", "TEAM#user", "ORDER#user#u-1"] {
        assert_eq!(parse_team_partition(pk), None, "{pk}");
    }
}

#[test]
fn shards_are_even_and_stable() {
    let no = |n: u64| OrderNo::mint(Time::FIRST, n);
    let mut counts = [0_u32; 16];
    for n in 0..16_000 {
        counts[usize::from(shard(no(n), DUE_SHARDS))] += 1;
    }
    assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
    // Stored items have these shards.
    let no = OrderNo::parse(NO).unwrap();
    for (kind, name, last) in [(DueKind::Look, "D#03", "D#15"), (DueKind::MoneyOrGoods, "M#03", "M#15")] {
        assert_eq!((due_shard(no, kind).as_str(), due_shard_name(DUE_SHARDS - 1, kind).as_str()), (name, last));
        assert_eq!(kind_of_due_shard(name), kind);
    }
    assert_eq!(day(no, Time::FIRST), "1970-01-01#3");
    let days = (0..DAY_SHARDS).map(|shard| day_shard(Day::of(start()), shard));
    assert!(days.into_iter().any(|name| name == day(no, start())), "a day has the shards that are written");
    assert_eq!(commands(Day::of(start())), "audit#2026-11-21");
    assert_eq!(team_day(Day::of(start())), "team#2026-11-21");
}
