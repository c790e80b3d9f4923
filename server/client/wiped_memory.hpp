#pragma once
// The memory of libcurl, which copies what it sends (a token to review, our own token) and gives its copies
// back as they are: with this it wipes whatever it gives back.
namespace doorward {

// libcurl's initialization, with that memory. Has no effect where libcurl has been initialized before, so it
// comes before anybody else in the process makes use of it. Any thread, any number of times. False: libcurl
// cannot be used.
bool start_wiping_libcurl();

}  // namespace doorward
