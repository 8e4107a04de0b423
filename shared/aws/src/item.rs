//! Items, attribute by attribute.
