//! The keys of every item in the table. Nothing else knows how a key is made.
