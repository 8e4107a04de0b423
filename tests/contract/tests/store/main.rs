//! One contract for every implementation of the store's ports: the same cases on each, every case on every implementation one
//! test. `cargo test -p till-contract -- --list` lists them all.
//!
//! A case may not know what it runs on. Where an implementation is not as AWS is, [`world::World::DEPARTS`] says so by the
//! case's name; the case must then fail there, so that the list stays true.

mod bank;
mod budget;
mod cases;
mod fixture;
mod joined;
mod memory;
mod run;
mod stored;
mod table;
mod wire;
mod world;

/// Every case, by area: one test each for one implementation.
macro_rules! contract {
    ($implementation:ident = $world:ty) => {
        contract! { @ $implementation = $world;
            orders: nothing_stands_at_first, each_version_follows_the_one_before,
                a_conflict_gives_what_stands_and_changes_nothing, orders_do_not_touch_one_another,
                what_comes_back_is_what_was_written;
            claims: the_first_is_put_and_the_second_sees_it, another_key_or_another_user_is_another_claim,
                it_moves_only_from_the_owner_and_state_that_stand, every_state_comes_back,
                what_does_not_stand_does_not_move, it_is_gone_after_a_day_deleted_or_not;
            goods: all_of_it, or_nothing_for_each_single_condition,
                what_the_ledger_has_is_a_duplicate_before_all_else, two_on_one_wallet_version_conflict,
                a_wallet_that_nobody_has_written_is_empty, every_kind_of_entry_comes_back,
                wallets_do_not_touch_one_another;
            answers: an_order_whose_answer_is_lost_is_written_once, goods_whose_answer_is_lost_are_given_once,
                a_claim_whose_answer_is_lost_stands;
            contention: one_winner_for_each_version_of_an_order, one_winner_for_a_first_version,
                a_wallet_takes_every_spending_once, one_winner_for_a_claim, one_taker_of_a_claim;
            index: earliest_first_and_at_most_so_many, an_order_without_duties_leaves_the_index,
                an_order_that_moves_on_is_found_later, more_than_a_page_from_every_shard,
                an_index_that_lags_names_what_was;
            lifetime: an_abandoned_order_is_gone_at_its_time, a_purge_deletes_what_is_past_its_time_and_nothing_else,
                while_anything_is_left_to_do_an_order_stays, money_is_never_past_its_time,
                a_payment_takes_the_end_away, what_is_over_is_in_nobodys_way;
            size: a_large_order_comes_back, an_order_beyond_its_limit_is_refused, many_large_orders_are_listed;
            trail: records_add_up_and_store_no_order, an_orphan_is_kept_once_and_for_ever,
                a_record_of_anything_is_kept, strays_are_kept_once_a_minute;
            lists: a_users_orders_newest_first_in_pages, an_order_in_a_list_is_as_it_stands,
                an_order_past_its_time_is_not_listed, the_newest_entries_of_a_ledger;
            catalogue: a_product_comes_back, the_shop_window_has_an_order, an_account_comes_back,
                an_account_is_found_where_it_is_open;
            guards: calls_are_counted_by_window, scopes_and_values_are_counted_apart, every_call_counts_once;
            sockets: who_hears_of_an_order, the_sixth_takes_the_oldest_ones_place, a_socket_is_forgotten,
                a_socket_is_remembered_for_a_while;
            flows: from_an_order_to_its_goods_and_back, a_notification_that_comes_twice_changes_nothing,
                a_key_makes_one_order, an_abandoned_order_ends, points_are_spent_once, lost_answers_deliver_once,
                an_upgrade_replaces_what_it_rests_on, an_upgrade_goes_back_when_what_it_rests_on_went_back;
        }
    };
    (@ $implementation:ident = $world:ty; $($area:ident: $($case:ident),*;)*) => {
        mod $implementation {
            $(mod $area {
                $(#[test]
                fn $case() {
                    let name = concat!(stringify!($area), "::", stringify!($case));
                    crate::run::run::<$world>(name, async |world| crate::cases::$area::$case(&world).await);
                })*
            })*

            #[test]
            fn what_departs_is_a_case() {
                let cases = [$($(concat!(stringify!($area), "::", stringify!($case)),)*)*];
                crate::run::names_cases::<$world>(&cases);
            }
        }
    };
}

contract! { in_memory = crate::memory::InMemory }
contract! { in_table = crate::table::InTable }
