# room FOLDER: what is free there, in the line that the table of meanings reads; no line where there is no such folder.
# No tool tells a full disk from one without inodes, so whatever fails on a host says this besides. For bash; writes nothing.
room() {
  local bytes inodes total
  read -r bytes inodes total < <(df --output=avail,iavail,itotal -B1 "$1" | tail -n 1) || return 0
  [[ $total =~ ^[1-9] ]] || inodes=any # btrfs makes inodes as it needs them and tells 0 of 0, vfat has none and tells -
  printf 'room: %s bytes and %s inodes are free\n' "$bytes" "$inodes"
}
