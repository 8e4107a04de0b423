//! Who is let in: bearer tokens, tickets, and the front of every function. All keys are made here, and signed with by hand.

mod fronts;
mod keys;
mod shared_secrets;
mod tickets;
mod tokens;
mod world;
