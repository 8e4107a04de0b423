//! One contract for every implementation of the store's ports: the same cases on each, every case on every implementation one
//! test. `cargo test -p till-contract -- --list` lists them all.
//!
//! A case must not know on which store it runs. Where a store differs from AWS, [`tested_store::TestedStore::DEPARTURES`] name the
//! case, which must then fail there, so that the list stays true.

mod bank;
mod budget;
mod cases;
mod fixture;
mod memory;
mod month;
mod run;
mod speed;
mod stored;
mod table;
mod tested_store;

/// Every case, by area: one test each for one implementation.
macro_rules! contract {
    ($implementation:ident = $tested:ty) => {
        contract! { @ $implementation = $tested;
            orders: unwritten_order_is_missing, each_order_version_follows_the_one_before,
                conflict_returns_the_stored_order_and_changes_nothing, orders_do_not_affect_each_other,
                order_reads_back_as_written;
            claims: first_claim_is_put_and_the_second_sees_it, claims_of_other_keys_and_users_are_separate,
                claim_moves_only_from_its_stored_owner_and_state, every_claim_state_reads_back,
                missing_claim_does_not_move, claim_is_gone_after_a_day_deleted_or_not;
            goods: commit_writes_order_wallet_and_entry, commit_with_one_failed_condition_writes_nothing,
                existing_ledger_entry_is_a_duplicate_before_any_conflict, two_commits_on_one_wallet_version_conflict,
                unwritten_wallet_is_empty, every_kind_of_entry_reads_back,
                wallets_do_not_affect_each_other;
            answers: order_whose_answer_is_lost_is_written_once, goods_whose_answer_is_lost_are_granted_once,
                claim_whose_answer_is_lost_is_stored;
            contention: each_order_version_has_one_winner, first_order_version_has_one_winner,
                wallet_takes_every_spending_once, claim_has_one_winner, idle_claim_has_one_taker;
            index: due_orders_are_found_earliest_first_up_to_the_limit, order_without_duties_leaves_the_index,
                order_that_moves_on_is_found_at_its_new_time, due_orders_beyond_a_page_per_shard_are_found,
                lagging_index_names_the_former_orders, orders_that_owe_money_or_goods_are_found_before_earlier_ones,
                shards_have_all_due_orders_between_them;
            lifetime: abandoned_order_is_gone_at_its_time, purge_deletes_only_expired_items,
                order_with_duties_never_expires, paid_order_never_expires,
                payment_removes_the_expiry_of_an_order, expired_order_does_not_block_a_new_one;
            size: large_order_reads_back, order_over_the_size_limit_is_refused, many_large_orders_are_listed;
            trail: records_add_up_and_store_no_order, reports_of_an_orphan_are_kept_together_and_never_deleted,
                first_decision_about_an_orphan_stands, reports_of_an_orphan_at_the_same_time_are_all_kept,
                every_kind_of_record_is_kept, rejected_callbacks_are_kept_once_a_minute;
            lists: orders_of_a_user_are_listed_newest_first_in_pages, recent_orders_of_a_user_are_named_newest_first, listed_order_is_the_stored_one,
                expired_order_is_not_listed, ledger_lists_its_newest_entries_first;
            team: orders_of_days_are_listed_newest_first_in_pages, orders_are_loaded_newest_first_without_those_that_are_gone,
                every_payment_leads_to_its_order, held_orders_are_listed_by_the_time_they_wait,
                orphans_read_back_in_pages, open_orphans_are_listed_oldest_first_until_they_are_decided,
                rejected_callbacks_of_a_day_are_listed_newest_first,
                records_of_an_order_read_back_newest_first, commands_of_the_team_are_listed_by_day;
            team_records: each_change_of_a_product_leaves_one_record, each_change_of_an_account_leaves_one_record,
                change_by_hand_leaves_its_record_once, records_of_one_subject_are_listed_newest_first_in_pages;
            statistics: statistics_of_days_read_back_earliest_first, later_count_of_a_day_replaces_an_earlier_one_only;
            catalogue: product_reads_back, product_and_its_notes_read_back, account_and_its_notes_read_back,
                of_two_changes_at_once_one_is_refused, products_are_listed_in_sort_order, account_reads_back,
                open_default_account_is_found;
            sales: sales_and_their_notes_read_back, suspension_counts_for_the_next_order,
                of_two_changes_of_sales_at_once_one_is_refused;
            disputes: dispute_look_follows_the_version_before_it, dispute_look_has_one_winner;
            alarms: kept_alarm_follows_the_version_before_it, kept_alarm_has_one_winner,
                alarms_are_listed_until_some_time_after_their_end, alarm_is_put_away_unless_it_was_written_again,
                turn_to_send_has_one_winner;
            guards: calls_are_counted_per_window, scopes_and_values_are_counted_separately, simultaneous_calls_count_once_each;
            sockets: listeners_of_an_order_are_its_users_sockets, sixth_socket_of_a_user_replaces_the_oldest,
                ticket_opens_one_socket_until_it_expires,
                socket_expires_after_130_minutes;
            flows: order_is_paid_granted_refunded_and_revoked, repeated_notification_changes_nothing,
                idempotency_key_makes_one_order, abandoned_order_is_cancelled_and_deleted, spending_with_one_key_happens_once, order_with_lost_answers_is_granted_once,
                upgrade_replaces_the_membership_it_is_based_on, upgrade_is_refunded_when_its_basis_was_refunded;
        }
    };
    (@ $implementation:ident = $tested:ty; $($area:ident: $($case:ident),*;)*) => {
        mod $implementation {
            $(mod $area {
                $(#[test]
                fn $case() {
                    let name = concat!(stringify!($area), "::", stringify!($case));
                    crate::run::run::<$tested>(name, async |tested| crate::cases::$area::$case(&tested).await);
                })*
            })*

            #[test]
            fn departures_name_existing_cases() {
                let cases = [$($(concat!(stringify!($area), "::", stringify!($case)),)*)*];
                crate::run::names_cases::<$tested>(&cases);
            }
        }
    };
}

contract! { in_memory = crate::memory::InMemory }
contract! { in_table = crate::table::InTable }
