#!/bin/sh
# Boots systemd as process 1 of a machine of its own, made of namespaces: `unshare --mount boot.sh FOLDER ROOT`, with an empty folder. The
# machine sees the files of ROOT, `/` for this machine's own, but what it writes is gone with it, and none of the services that are enabled
# here start there. Says its pid.
set -eu
folder=$1
root=$2

if [ "${3-}" = '' ]; then
  mount --make-rprivate /
  mount -t tmpfs -o mode=755 tmpfs "$folder"
  mkdir "$folder/cgroups"
  mount -t cgroup2 cgroup2 "$folder/cgroups"
  cgroup=$folder/cgroups/podfront-test-$$
  mkdir "$cgroup"
  # unshare passes over SIGTERM; its death is that of process 1, and so of everything in the machine.
  sh -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' sh "$cgroup" \
    unshare --pid --net --uts --ipc --cgroup --mount --fork --kill-child "$0" "$folder" "$root" inside &
  trap "kill -KILL \$!" TERM INT HUP
  # A signal ends the first wait early. The cgroups are free when the last process in them is gone.
  wait $! || wait $! || true
  tries=100
  until find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || [ $((tries -= 1)) -eq 0 ]; do sleep 0.1; done
  exit 0
fi

mkdir "$folder/new" "$folder/work" "$folder/root"
mount -t overlay -o "lowerdir=$root,upperdir=$folder/new,workdir=$folder/work" overlay "$folder/root"
cd "$folder/root"

# As a container has them (systemd's CONTAINER_INTERFACE): what belongs to the kernel, which is this machine's too, can only be read.
mount -t proc proc proc
for part in sys sysrq-trigger; do
  if [ -e "proc/$part" ]; then
    mount --bind "proc/$part" "proc/$part"
    mount -o remount,bind,ro "proc/$part"
  fi
done
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
for device in null zero full random urandom tty; do
  : >"dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp

# A container's policy-rc.d keeps packages from starting services; a VM has none.
rm -rf etc/systemd/system etc/rc?.d etc/polkit-1/rules.d usr/sbin/policy-rc.d
mkdir -p etc/systemd/system etc/polkit-1/rules.d mnt
: >etc/machine-id

hostname frontend
pivot_root . mnt
umount -l mnt
exec env -i container=podfront-test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  setpriv --bounding-set=-sys_module,-sys_boot,-sys_time,-sys_rawio,-mknod \
  /lib/systemd/systemd --unit=multi-user.target
