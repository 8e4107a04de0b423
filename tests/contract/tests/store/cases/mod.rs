//! The cases, by area.

pub mod alarms;
pub mod answers;
pub mod catalogue;
pub mod claims;
pub mod contention;
pub mod disputes;
pub mod flows;
pub mod goods;
pub mod guards;
pub mod index;
pub mod lifetime;
pub mod lists;
pub mod orders;
pub mod sales;
pub mod size;
pub mod sockets;
pub mod statistics;
pub mod team;
pub mod team_records;
pub mod trail;
