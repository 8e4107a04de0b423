//! One contract for every implementation of the ports.
