//! Whole journeys on the local stack, driven from outside.
