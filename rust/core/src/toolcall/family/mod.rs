//! Machines that several dialects share.

pub(crate) mod json;
