//! Every error of an AWS call, sorted by what its caller is to do about it.
