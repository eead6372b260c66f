-- For wrk: sends the requests of a file (METHOD, path and body, with tabs between them) in turns, and prints what
-- came of it as one line of JSON. Arguments: the file, then the value of the Authorization header.

local threads = 0

function setup(thread)
   thread:set("number", threads)
   threads = threads + 1
end

function init(arguments)
   local headers = { Authorization = arguments[2] }
   local form = { Authorization = arguments[2], ["Content-Type"] = "application/x-www-form-urlencoded" }
   requests = {}
   for line in io.lines(arguments[1]) do
      local method, path, body = line:match("^(%u+)\t([^\t]+)\t(.*)$")
      if body == "" then
         table.insert(requests, wrk.format(method, path, headers))
      else
         table.insert(requests, wrk.format(method, path, form, body))
      end
   end
   -- The threads begin at different places, so that they do not ask the same thing at the same time.
   at = math.floor(#requests / 2) * number
end

function request()
   at = at % #requests + 1
   return requests[at]
end

function done(summary, latency, requests)
   local errors = summary.errors
   local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
   io.write(string.format('{"answered": %d, "failed": %d, "microseconds": %d, "p50": %d, "p99": %d}\n',
      summary.requests, failed, summary.duration, latency:percentile(50), latency:percentile(99)))
end
