//! What the team does to a deployment.
fn main() {}
