//! What a session token turns into.

use domain::account::SessionState;

use crate::Cx;

/// A session that a request's cookie names.
#[derive(Clone, Debug)]
pub struct SessionSeen {
    /// Who it is.
    pub cx: Cx,
    /// Whether it is active, locked or over, now.
    pub state: SessionState,
    /// Seconds until it locks, were nothing more done.
    pub locks_in: u32,
    /// The token against forged requests that its forms carry.
    pub csrf: String,
}
