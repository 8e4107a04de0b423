//! Authentication: bearer tokens, tickets, and routes. The tests make all keys and sign by hand.

mod claims;
mod keys;
mod routes;
mod shared_secrets;
mod tickets;
mod tokens;
mod world;
