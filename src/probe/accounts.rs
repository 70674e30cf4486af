//! Users and groups of this machine, by name, from the files that every system has. Those that only a
//! directory service knows are not found.

use std::fs::File;
use std::io::Read as _;

/// Largest file of users or groups that is read.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub uid: u32,
    /// Its own group.
    pub gid: u32,
}

/// The user of this name.
pub fn user(name: &str) -> Option<User> {
    user_in(&bounded("/etc/passwd"), name)
}

/// The name of a user, or its id in digits.
pub fn name_of(uid: u32) -> String {
    let passwd = bounded("/etc/passwd");
    let found = passwd.lines().find(|line| line.split(':').nth(2) == Some(&uid.to_string()));
    found.and_then(|line| line.split(':').next()).map_or_else(|| uid.to_string(), str::to_owned)
}

/// The group of this name.
pub fn group(name: &str) -> Option<u32> {
    group_in(&bounded("/etc/group"), name)
}

fn bounded(path: &str) -> String {
    let mut text = String::new();
    if let Ok(file) = File::open(path)
        && file.take(FILE_BYTES_MAX).read_to_string(&mut text).is_err()
    {
        text.clear();
    }
    text
}

fn user_in(passwd: &str, name: &str) -> Option<User> {
    passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [found, _, uid, gid, ..] = fields.as_slice() else { return None };
        (*found == name).then_some(User { uid: uid.parse().ok()?, gid: gid.parse().ok()? })
    })
}

fn group_in(groups: &str, name: &str) -> Option<u32> {
    groups.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [found, _, gid, ..] = fields.as_slice() else { return None };
        if *found == name { gid.parse().ok() } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_groups_are_found_by_their_whole_name_and_odd_lines_passed_over() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nodd\nlinnstream:x:998:997::/var/lib/linnstream:/bin/false\n";
        assert_eq!(user_in(passwd, "linnstream"), Some(User { uid: 998, gid: 997 }));
        assert_eq!(user_in(passwd, "linn"), None);
        let groups = "odd\nadm:x:4:pat\nlinnstream:x:997:\nbad:x:y:\n";
        assert_eq!((group_in(groups, "linnstream"), group_in(groups, "bad")), (Some(997), None));
    }
}
