-- What the other scripts begin with: names of keys, and the frames of redis_rows.py.
local OWN = 'atdata_nb:'
local NONE = 4294967295

local function parts(framed)
  local list, count, at = {}, 0, 1
  while at <= #framed do
    local length = struct.unpack('<I4', framed, at)
    at = at + 4
    count = count + 1
    if length == NONE then
      list[count] = false
    else
      list[count] = string.sub(framed, at, at + length - 1)
      at = at + length
    end
  end
  return list, count
end

-- Equal for hashes that say the same. A part that is missing is never the same as one that is not:
-- each part that may be missing is msgpack or text at the end.
local function mark(...)
  local said = {...}
  for i = 1, select('#', ...) do said[i] = said[i] or '' end
  return redis.sha1hex(table.concat(said, '\0'))
end
