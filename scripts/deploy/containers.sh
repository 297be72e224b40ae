# shellcheck shell=bash
# shellcheck disable=SC2154 # its variables are those of the script that sources it
# Sourced by scripts/test-deploy: containers with a systemd of their own, booted from trees that stay as they are.
#
# Knows overlays, namespaces and nspawn; nothing of strongSwan or of what is tested. A pair of containers shares a wire, wan0 at
# either end, and has no way out. Every name carries the pid of the script, and only what is named so is taken down.
#
# Needs: $work, a directory of the run; $deploy, the prefix of all names.

declare -A leader=() spawner=()
containers=()

# mount and namespace of a container; $1 its name, $2 the tree below it
make_container() {
  local name=$1 tree=$2 place=$work/$1
  mkdir -p "$place"/{upper,work,root}
  containers+=("$name")
  mount -t overlay "$deploy-$name" -o "lowerdir=$tree,upperdir=$place/upper,workdir=$place/work" "$place/root"
  ip netns add "$deploy-$name"
  ip -n "$deploy-$name" link set lo up
  # Its own machine id and name, as two installations would have.
  : >"$place/root/etc/machine-id"
  echo "$name" >"$place/root/etc/hostname"
}

# wan0 at either end, with the addresses given: join A B 'ADDRESS...' 'ADDRESS...'
join_containers() {
  local a=$1 b=$2 address
  ip link add wan0 netns "$deploy-$a" type veth peer name wan0 netns "$deploy-$b"
  for address in $3; do ip -n "$deploy-$a" addr add "$address" dev wan0; done
  for address in $4; do ip -n "$deploy-$b" addr add "$address" dev wan0; done
  ip -n "$deploy-$a" link set wan0 up
  ip -n "$deploy-$b" link set wan0 up
  know_each_other "$a" "$b" "$4"
  know_each_other "$b" "$a" "$3"
}

# Where each address is, for good: the table of neighbours is one for the whole machine, and whoever fills it (a lab with thousands of
# peers) has others lose packets.
know_each_other() {
  local near=$1 far=$2 address mac
  mac=$(ip netns exec "$deploy-$far" cat /sys/class/net/wan0/address)
  for address in $3; do
    ip -n "$deploy-$near" neigh replace "${address%/*}" lladdr "$mac" nud permanent dev wan0
  done
}

boot_container() {
  local name=$1 hierarchy
  # A control group of its own: two that share one would each take the other's for its payload.
  for hierarchy in unified systemd; do
    [ ! -d "/sys/fs/cgroup/$hierarchy" ] || mkdir -p "/sys/fs/cgroup/$hierarchy/$deploy-$name"
  done
  (
    for hierarchy in unified systemd; do
      [ ! -d "/sys/fs/cgroup/$hierarchy" ] || echo "$BASHPID" >"/sys/fs/cgroup/$hierarchy/$deploy-$name/cgroup.procs"
    done
    # Neither machined nor a systemd of the machine itself is needed.
    SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 exec systemd-nspawn -D "$work/$name/root" -b -M "$deploy-$name" \
      --register=no --keep-unit --network-namespace-path="/run/netns/$deploy-$name" --capability=CAP_NET_ADMIN \
      --console=pipe </dev/null >"$work/$name/nspawn.log" 2>&1
  ) &
  spawner[$name]=$!
}

# until systemd has started all it starts
await_boot() {
  local name=$1 deadline=$((SECONDS + 120)) state
  while :; do
    ((SECONDS < deadline)) || { echo "$name: it doesn't boot"; tail -n 5 "$work/$name/nspawn.log"; return 1; }
    kill -0 "${spawner[$name]}" 2>/dev/null || { echo "$name: nspawn ended"; cat "$work/$name/nspawn.log"; return 1; }
    leader[$name]=$(pgrep -P "${spawner[$name]}" | head -n 1) || { sleep 0.2; continue; }
    [ -S "/proc/${leader[$name]}/root/run/systemd/private" ] && break
    sleep 0.2
  done
  state=$(inside "$name" timeout 120 systemctl is-system-running --wait) || true
  [ "$state" = running ] && return
  echo "$name: $state"
  inside "$name" systemctl --failed --no-legend
  return 1
}

# Started by --keep-unit, nspawn leaves it to its maker to start the container again.
reboot_container() {
  local name=$1
  inside "$name" systemctl reboot || true
  await_end "$name"
  leader[$name]=
  boot_container "$name"
}

# Until nspawn is gone, by force after half a minute.
await_end() {
  local name=$1 deadline=$((SECONDS + 30))
  while [ -n "${spawner[$name]:-}" ] && kill -0 "${spawner[$name]}" 2>/dev/null; do
    if ((SECONDS >= deadline)); then
      kill -KILL ${leader[$name]:+"${leader[$name]}"} "${spawner[$name]}" 2>/dev/null || true
      break
    fi
    sleep 0.1
  done
  wait "${spawner[$name]:-}" 2>/dev/null || true
}

# inside NAME COMMAND...: with the environment of a login there, and not that of here
inside() {
  local name=$1
  shift
  nsenter -t "${leader[$name]}" -a -- env -i HOME=/root LANG=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# Powers off and removes all of them.
remove_containers() {
  local name hierarchy
  for name in "${containers[@]}"; do
    [ -z "${leader[$name]:-}" ] || kill -s RTMIN+4 "${leader[$name]}" 2>/dev/null || true
  done
  for name in "${containers[@]}"; do
    await_end "$name"
    umount "$work/$name/root" 2>/dev/null || umount -l "$work/$name/root" 2>/dev/null || true
    ip netns del "$deploy-$name" 2>/dev/null || true
    for hierarchy in unified systemd; do
      # From the leaves up.
      find "/sys/fs/cgroup/$hierarchy/$deploy-$name" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
  done
  containers=()
}
