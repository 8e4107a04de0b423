//! Which mutant is on: `cargo xtask` puts this file into its copies of the domain.
//!
//! A process has one mutant on from its beginning to its end, so that every thread and every copied worker has the same. It is
//! read before `main` begins, because a `const fn` can read a static but no variable of the environment.

use std::env;

/// The number of the mutant that is on; none is on when the variable is not set.
static mut ON: u16 = 0;

/// The system calls what stands in this section before `main`.
#[used]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(not(target_os = "macos"), unsafe(link_section = ".init_array"))]
static BEFORE_MAIN: extern "C" fn() = read;

extern "C" fn read() {
    let on = env::var("TILL_MUTANT").ok().and_then(|number| number.parse().ok());
    // SAFETY: no other thread exists yet, and nothing writes it later.
    unsafe { ON = on.unwrap_or_default() }
}

pub const fn on() -> u16 {
    // SAFETY: it is written only before `main`.
    unsafe { ON }
}

pub const fn is_on(mutant: u16) -> bool {
    on() == mutant
}
