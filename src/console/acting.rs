//! Who may ask for what: every peer may look, operators may act.

use tui::protocol::{Action, ErrorKind, Reply, Request};

use super::peer::{Peer, Role};

/// Why this peer may not ask this; `None` when it may.
pub fn refusal(peer: &Peer, request: &Request) -> Option<Reply> {
    let what = match request {
        Request::Status
        | Request::Orders { .. }
        | Request::Order { .. }
        | Request::Jobs { .. }
        | Request::Services
        | Request::Audit { .. }
        | Request::Runs { .. }
        | Request::Webhooks { .. }
        | Request::Watch(_)
        | Request::Why { .. } => return None,
        Request::Endpoints => "the addresses, which hold a secret, are asked for",
        Request::Act(Action::Resend { .. }) => "orders are sent again",
        Request::Act(Action::Refresh { .. }) => "shipments are read again",
        Request::Act(Action::Cancel { .. }) => "shipments are cancelled",
        Request::Act(Action::Replay { .. }) => "notifications are handled again",
        Request::Act(Action::Retry { .. } | Action::RetryParked { .. }) => "jobs are tried again",
        Request::Act(Action::Pause | Action::Resume) => "sending is paused and resumed",
        Request::Act(Action::Reveal) => "personal data is shown",
        Request::LogLevel { .. } => "the log level is changed",
        Request::Act(Action::Forget { .. }) => "personal data is erased",
        Request::Backup | Request::BackupPart { .. } => {
            "the database, which holds addresses, is copied"
        }
        Request::Label { .. } => "labels, which hold an address, are drawn again",
    };
    match peer.role {
        Role::Operator => None,
        Role::ReadOnly => Some(Reply::Error {
            kind: ErrorKind::Refused,
            text: format!(
                "{what} by operators alone: root, the daemon's own user, and members of the group of the \
                 admin socket. {} is none of these and may look",
                peer.user
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_may_look_and_operators_alone_may_act() {
        let peer = |role| Peer { uid: 1000, user: "pat".into(), role };
        let act = Request::LogLevel { level: "debug".into(), lasts_ms: 1 };
        for (role, request, refused) in [
            (Role::Operator, &Request::Status, false),
            (Role::Operator, &act, false),
            (Role::ReadOnly, &Request::Status, false),
            (Role::ReadOnly, &act, true),
            (Role::ReadOnly, &Request::Why { number: 7 }, false),
            (Role::ReadOnly, &Request::Act(Action::Pause), true),
            (Role::ReadOnly, &Request::Act(Action::RetryParked { after: None }), true),
            (Role::ReadOnly, &Request::Backup, true),
            (Role::ReadOnly, &Request::BackupPart { id: 1, offset: 0 }, true),
            (Role::ReadOnly, &Request::Act(Action::Forget { numbers: vec![7] }), true),
            (Role::Operator, &Request::Backup, false),
            (Role::ReadOnly, &Request::Act(Action::Resend { numbers: vec![7] }), true),
        ] {
            let answer = refusal(&peer(role), request);
            assert_eq!(answer.is_some(), refused, "{role:?} {request:?}");
            if let Some(Reply::Error { kind, text }) = answer {
                assert!(kind == ErrorKind::Refused && text.contains("pat"), "{text}");
            }
        }
    }
}
