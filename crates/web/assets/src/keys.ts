// Keys for people who never touch the mouse: find box, jumps, lists, page keys, one-time hints.
import { hints } from "./islands/hints";
import { listKeys } from "./islands/list";
import { pageKeys } from "./islands/pagekeys";
import { palette } from "./islands/palette";

palette();
listKeys();
pageKeys();
hints();
