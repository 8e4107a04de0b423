//! The caller of a request, as the verified token names them.

use till_domain::text::UserId;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Role {
    /// A buyer.
    User,
    /// A person of the team.
    Admin,
    /// A program of the team.
    Service,
}

impl Role {
    /// Its word in logs and in the audit trail.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
            Self::Service => "service",
        }
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Caller {
    /// The token's subject.
    pub user: UserId,
    pub role: Role,
}

impl Caller {
    pub const fn buyer(user: UserId) -> Self {
        Self { user, role: Role::User }
    }

    pub const fn admin(user: UserId) -> Self {
        Self { user, role: Role::Admin }
    }
}
