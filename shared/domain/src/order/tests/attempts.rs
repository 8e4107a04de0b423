//! Attempts: what is kept of them, and which of them only a close at the provider ends.

use super::*;
use crate::text::Handle;

#[test]
fn attempt_that_was_opened_keeps_its_handle_and_its_end() {
    let handle = Handle::parse("cs_1").unwrap();
    let opening = Attempt::opening(n(1), Method::AlipayQr, account("main"), minute(0));
    let opened = opening.opened(Some(handle.clone()), Some(minute(END)));
    assert_eq!((opened.handle, opened.payable_until), (Some(handle), Some(minute(END))));
}

#[test]
fn attempt_without_an_end_must_be_closed_while_open_and_after_an_end_without_a_promise() {
    for (report, must) in [
        (says(Says::NotPaid), true),
        (says(Says::Failed), true),
        (closed(false), true),
        (closed(true), false),
        (says(Says::Processing), false),
        (paid("A"), false),
    ] {
        let order = order_of(Policy::default(), None, None).hears([report.clone()]);
        assert_eq!(order.attempt(n(1)).unwrap().must_be_closed(), must, "{report:?}");
    }
}
