/**
 * What waits, by group: the groups are served in turn, each in the order of its own, so that one group's crowd delays
 * no other. At most `perGroup` of a group wait.
 */
export function createTurns<Item>(perGroup: number) {
  /** In the order of their turns; none is empty. */
  const groups = new Map<string, Item[]>();
  let size = 0;

  return {
    get size() {
      return size;
    },
    /** False when the group has too many already. */
    add(group: string, item: Item): boolean {
      const items = groups.get(group) ?? [];
      if (items.length >= perGroup) return false;
      items.push(item);
      groups.set(group, items);
      size += 1;
      return true;
    },
    next(): Item | null {
      const [first] = groups;
      if (!first) return null;
      const [group, items] = first;
      const [item, ...rest] = items;
      groups.delete(group);
      if (rest.length > 0) groups.set(group, rest);
      size -= 1;
      return item ?? null;
    },
    /** False when it no longer waits. */
    remove(group: string, item: Item): boolean {
      const items = groups.get(group);
      const place = items?.indexOf(item) ?? -1;
      if (!items || place < 0) return false;
      items.splice(place, 1);
      if (items.length === 0) groups.delete(group);
      size -= 1;
      return true;
    },
  };
}
