//! Who is at the other end of the admin socket, and what that allows.
//!
//! The kernel tells user and group of the peer. Its further groups are looked up in the system's
//! `group` file by the name that `passwd` gives its user; members that only a directory service
//! knows connect with the group as their own.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Largest file of users or groups that is read.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// What a peer may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Look and act: root, the daemon's own user, members of the socket's group.
    Operator,
    /// Look.
    ReadOnly,
}

/// Who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// User id.
    pub uid: u32,
    /// User name, or the id in digits.
    pub user: String,
    /// What it may do.
    pub role: Role,
}

impl Peer {
    /// The peer with these credentials at a socket of this group.
    pub fn of(uid: u32, gid: u32, daemon_uid: u32, socket_gid: u32) -> Self {
        let passwd = bounded(Path::new("/etc/passwd"));
        let user = name_of(&passwd, uid).unwrap_or_else(|| uid.to_string());
        let mut groups = groups_of(&bounded(Path::new("/etc/group")), &user);
        groups.push(gid);
        Self { uid, role: role_of(uid, &groups, daemon_uid, socket_gid), user }
    }
}

/// What a user with these groups may do.
pub fn role_of(uid: u32, groups: &[u32], daemon_uid: u32, socket_gid: u32) -> Role {
    if uid == 0 || uid == daemon_uid || groups.contains(&socket_gid) {
        Role::Operator
    } else {
        Role::ReadOnly
    }
}

/// A system file, or nothing: without it everybody but root and the daemon's user is read-only.
fn bounded(path: &Path) -> String {
    let mut text = String::new();
    if let Ok(file) = File::open(path)
        && file.take(FILE_BYTES_MAX).read_to_string(&mut text).is_err()
    {
        text.clear();
    }
    text
}

/// `name:x:uid:…`
fn name_of(passwd: &str, uid: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

/// `group:x:gid:member,member`
fn groups_of(group: &str, user: &str) -> Vec<u32> {
    let gid_if_member = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let [_, _, gid, members] = fields.as_slice() else { return None };
        members.split(',').any(|member| member.trim() == user).then(|| gid.parse().ok()).flatten()
    };
    group.lines().filter_map(gid_if_member).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_the_daemon_and_members_of_the_sockets_group_are_operators_and_others_read() {
        let (daemon, socket) = (998, 997);
        for (uid, groups, role) in [
            (0, vec![0], Role::Operator),
            (daemon, vec![daemon], Role::Operator),
            (1000, vec![1000, socket], Role::Operator),
            (1000, vec![1000], Role::ReadOnly),
            (1001, vec![], Role::ReadOnly),
        ] {
            assert_eq!(role_of(uid, &groups, daemon, socket), role, "{uid} {groups:?}");
        }
    }

    #[test]
    fn names_and_groups_are_read_from_the_systems_files_and_odd_lines_are_passed_over() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nodd\npat:x:1000:1000::/home/pat:/bin/sh\n";
        assert_eq!(name_of(passwd, 1000).as_deref(), Some("pat"));
        assert_eq!(name_of(passwd, 7), None);
        let group = "wheel:x:10:kim\nodd:x\nlinnstream:x:997:kim,pat\nother:x:no:pat\n";
        assert_eq!(groups_of(group, "pat"), [997]);
        assert_eq!(groups_of(group, "sam"), Vec::<u32>::new());
    }
}
