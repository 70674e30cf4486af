//! Who is at the other end of the admin socket, and what that allows.
//!
//! The kernel tells user and group of the peer. Its further groups are looked up in the system's
//! `group` file by the name that `passwd` gives its user; members that only a directory service
//! knows connect with the group as their own.
//!
//! In a user namespace (`PrivateUsers=` of the unit) the kernel shows root, the daemon's own user and one
//! number for everybody else. Whoever such a peer is, the kernel let it in by the mode of the socket, so
//! as long as that admits nobody but the owner and the group, it is a member of the group: its name is
//! then not known and the group stands for it. Asking for the peer's groups instead (`SO_PEERGROUPS`)
//! would answer alike, and no safe interface to it is there.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rustix::io::Errno;

/// Largest file of users or groups that is read.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// What the kernel shows for every user that has no number in our user namespace (the overflow id of
/// user_namespaces(7)).
const HIDDEN: u32 = 65534;

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
    /// User name, or the id in digits; the group of a user that is not shown to us.
    pub user: String,
    /// What it may do.
    pub role: Role,
}

impl Peer {
    /// The peer with these credentials at this socket, which is of this group.
    pub fn of(uid: u32, gid: u32, daemon_uid: u32, socket_gid: u32, socket: &Path) -> Self {
        let group = bounded(Path::new("/etc/group"));
        if uid == HIDDEN && !shows_all(&bounded(Path::new("/proc/self/uid_map"))) {
            let role = if admits_group_alone(socket) { Role::Operator } else { Role::ReadOnly };
            let of = name_of(&group, socket_gid).unwrap_or_else(|| socket_gid.to_string());
            let user = match role {
                Role::Operator => format!("a member of {of}"),
                Role::ReadOnly => "somebody".to_owned(),
            };
            return Self { uid, user, role };
        }
        let user = user_of(uid);
        let mut groups = groups_of(&group, &user);
        groups.push(gid);
        Self { uid, role: role_of(uid, &groups, daemon_uid, socket_gid), user }
    }
}

/// Name of a user, or the number in digits.
pub fn user_of(uid: u32) -> String {
    name_of(&bounded(Path::new("/etc/passwd")), uid).unwrap_or_else(|| uid.to_string())
}

/// Whether every user has a number here: the map of a process that is in no user namespace of its own
/// is one line with all of them.
fn shows_all(uid_map: &str) -> bool {
    uid_map.split_whitespace().eq(["0", "0", "4294967295"])
}

/// Whether the mode of a socket lets in its owner and its group and nobody else. An access list could
/// name others; what cannot be told counts as if it did.
fn admits_group_alone(socket: &Path) -> bool {
    let closed =
        std::fs::metadata(socket).is_ok_and(|found| found.permissions().mode() & 0o007 == 0);
    let mut nothing = [0_u8; 0];
    let list = rustix::fs::getxattr(socket, "system.posix_acl_access", &mut nothing[..]);
    closed && matches!(list, Err(Errno::NODATA | Errno::OPNOTSUPP))
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

/// The name beside a number in `name:x:NUMBER:…`
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

    #[test]
    fn a_user_namespace_is_known_by_its_map() {
        assert!(shows_all("         0          0 4294967295\n"));
        assert!(!shows_all("         0          0          1\n       998        998          1\n"));
        assert!(!shows_all(""));
    }

    #[test]
    fn who_came_through_a_door_for_the_group_alone_belongs_to_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("admin.sock");
        assert!(!admits_group_alone(&socket), "one that is not there admits nobody");
        let _listening = std::os::unix::net::UnixListener::bind(&socket).expect("bound");
        let mode = |bits| {
            let mode = std::fs::Permissions::from_mode(bits);
            std::fs::set_permissions(&socket, mode).expect("changed");
        };
        mode(0o660);
        assert!(admits_group_alone(&socket));
        mode(0o666);
        assert!(!admits_group_alone(&socket));
        mode(0o660);
        // setfacl -m u:1:rw: version, then owner, user 1, group, mask, others; each tag, rights, id.
        let mut list = 2_u32.to_le_bytes().to_vec();
        for (tag, rights, id) in [
            (1_u16, 6_u16, u32::MAX),
            (2, 6, 1),
            (4, 6, u32::MAX),
            (16, 6, u32::MAX),
            (32, 0, u32::MAX),
        ] {
            list.extend(tag.to_le_bytes());
            list.extend(rights.to_le_bytes());
            list.extend(id.to_le_bytes());
        }
        let name = "system.posix_acl_access";
        match rustix::fs::setxattr(&socket, name, &list, rustix::fs::XattrFlags::empty()) {
            Ok(()) => assert!(!admits_group_alone(&socket), "the list names another user"),
            Err(error) => {
                assert_eq!(error, Errno::OPNOTSUPP, "no access lists on this file system")
            }
        }
    }
}
