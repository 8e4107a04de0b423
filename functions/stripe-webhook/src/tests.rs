//! Its sample events, and what comes besides.
