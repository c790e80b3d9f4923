// A folder of manifests: which files count, and what is noticed.
#include "server/resources/document/directory.hpp"

#include "tests/server/resources/workbench.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace doorward::resources {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

namespace fs = std::filesystem;

class Directory : public testing::Test {
 protected:
  // `FILE:KEY` of each document, in the order of reading.
  std::vector<std::string> documents() {
    std::vector<std::string> out;
    for (const auto& document : read_directory(folder_.path()).reading.documents)
      out.push_back(fs::path(document.file).filename().string() + ":" + document.value.begin().key());
    return out;
  }
  std::vector<std::string> faults() { return texts(read_directory(folder_.path()).reading.faults); }
  std::string fingerprint() { return directory_fingerprint(folder_.path()).value(); }

  TemporaryFolder folder_;
};

TEST_F(Directory, may_be_one_file_of_any_name) {
  const auto file = folder_.write("users.txt", "a: 1\n---\nb: 1");
  EXPECT_EQ(read_path(file).reading.documents.size(), 2u);
  EXPECT_FALSE(read_path(file).empty);
  EXPECT_TRUE(read_path(folder_.path()).empty) << "as a folder it has no manifest";
  EXPECT_THAT(texts(read_path(folder_.path() / "nowhere").reading.faults),
              ElementsAre(HasSubstr("cannot read the folder")));
  DirectoryBounds small;
  small.bytes = 12;
  EXPECT_THAT(texts(read_path(file, small).reading.faults), ElementsAre(HasSubstr("larger than 12 bytes")));
  small.bytes = 13;
  EXPECT_THAT(texts(read_path(file, small).reading.faults), IsEmpty());
}

TEST_F(Directory, gives_the_manifests_of_the_folder_itself_by_name) {
  folder_.write("20.yml", "c: 1");
  folder_.write("10.yaml", "a: 1\n---\nb: 1");
  folder_.write("30.json", "{\"d\": 1}");
  folder_.write("README.md", "- not a manifest");
  folder_.write("40.yaml.bak", "- not a manifest");
  folder_.write(".hidden.yaml", "- not a manifest");
  fs::create_directory(folder_.path() / "sub.yaml");
  folder_.write("sub.yaml/50.yaml", "- below");
  ASSERT_EQ(::mkfifo((folder_.path() / "pipe.yaml").c_str(), 0600), 0);
  EXPECT_THAT(documents(), ElementsAre("10.yaml:a", "10.yaml:b", "20.yml:c", "30.json:d"));
  EXPECT_THAT(faults(), IsEmpty());
}

TEST_F(Directory, follows_the_links_of_a_mounted_volume_and_notices_its_swap) {
  // As Kubernetes lays a ConfigMap out: files are links into `..data`, a link to a folder that is never
  // edited.
  const auto version = [&](const std::string& name, std::string_view text) {
    fs::create_directory(folder_.path() / name);
    folder_.write(name + "/users.yaml", text);
    fs::create_directory_symlink(name, folder_.path() / "..data_tmp");
    fs::rename(folder_.path() / "..data_tmp", folder_.path() / "..data");
  };
  version("..2026_11_22_01", "a: 1");
  fs::create_symlink("..data/users.yaml", folder_.path() / "users.yaml");
  EXPECT_THAT(documents(), ElementsAre("users.yaml:a"));
  const std::string before = fingerprint();
  EXPECT_EQ(fingerprint(), before);
  version("..2026_11_22_02", "b: 1");
  EXPECT_NE(fingerprint(), before);
  EXPECT_THAT(documents(), ElementsAre("users.yaml:b"));
}

TEST_F(Directory, notices_what_is_edited_added_renamed_and_removed) {
  folder_.write("a.yaml", "a: 1");
  std::string before = fingerprint();
  const auto differs = [&] { return std::exchange(before, fingerprint()) != before; };
  EXPECT_FALSE(differs());
  folder_.write("a.yaml", "a: 12");
  EXPECT_TRUE(differs());
  folder_.write("b.yaml", "b: 1");
  EXPECT_TRUE(differs());
  fs::rename(folder_.path() / "b.yaml", folder_.path() / "c.yaml");
  EXPECT_TRUE(differs());
  folder_.write("new", "c: 1");
  EXPECT_FALSE(differs()) << "no manifest";
  fs::rename(folder_.path() / "new", folder_.path() / "c.yaml");
  EXPECT_TRUE(differs()) << "an editor that writes beside and renames";
  fs::remove(folder_.path() / "c.yaml");
  EXPECT_TRUE(differs());
}

TEST_F(Directory, a_reading_carries_the_fingerprint_of_what_it_read) {
  folder_.write("a.yaml", "a: 1");
  EXPECT_EQ(read_directory(folder_.path()).fingerprint, fingerprint());
}

TEST_F(Directory, without_a_manifest_is_told_from_one_without_a_document) {
  EXPECT_TRUE(read_directory(folder_.path()).empty);
  EXPECT_THAT(faults(), IsEmpty());
  folder_.write("empty.yaml", "# nothing\n");
  EXPECT_FALSE(read_directory(folder_.path()).empty);
  EXPECT_THAT(faults(), IsEmpty());
  EXPECT_THAT(documents(), IsEmpty());
}

TEST_F(Directory, that_cannot_be_read_says_so) {
  const auto gone = folder_.path() / "gone";
  EXPECT_FALSE(directory_fingerprint(gone));
  const auto reading = read_directory(gone);
  EXPECT_THAT(texts(reading.reading.faults),
              ElementsAre("cannot read the folder " + gone.string() + ": No such file or directory"));
  EXPECT_EQ(reading.fingerprint, "");
}

TEST_F(Directory, a_file_that_cannot_be_read_is_a_fault_beside_those_that_can) {
  folder_.write("a.yaml", "a: 1");
  fs::create_symlink("nowhere", folder_.path() / "b.yaml");
  folder_.write("c.yaml", "c: [");
  EXPECT_THAT(faults(), ElementsAre((folder_.path() / "b.yaml").string() +
                                        ": cannot be opened: No such file or directory",
                                    StartsWith((folder_.path() / "c.yaml").string() + ":1: not YAML: ")));
  EXPECT_THAT(documents(), ElementsAre("a.yaml:a"));
}

TEST_F(Directory, a_file_may_have_so_many_bytes) {
  folder_.write("a.yaml", "a: 123");
  EXPECT_THAT(read_directory(folder_.path(), {.yaml = {.file_bytes = 6}}).reading.faults, IsEmpty());
  EXPECT_THAT(texts(read_directory(folder_.path(), {.yaml = {.file_bytes = 5}}).reading.faults),
              ElementsAre((folder_.path() / "a.yaml").string() +
                          ": larger than 5 bytes: split it into several files"));
}

TEST_F(Directory, may_have_so_many_files_and_bytes) {
  folder_.write("a.yaml", "a: 1");
  folder_.write("b.yaml", "b: 12");
  EXPECT_TRUE(directory_fingerprint(folder_.path(), {.files = 2}));
  EXPECT_THAT(read_directory(folder_.path(), {.files = 2, .bytes = 9}).reading.faults, IsEmpty());
  EXPECT_FALSE(directory_fingerprint(folder_.path(), {.files = 1}));
  EXPECT_THAT(texts(read_directory(folder_.path(), {.files = 1}).reading.faults),
              ElementsAre("more than 1 manifests in " + folder_.path().string() +
                          ": put more documents into each file"));
  EXPECT_THAT(texts(read_directory(folder_.path(), {.bytes = 8}).reading.faults),
              ElementsAre(HasSubstr("b.yaml: larger than ")));
}

}  // namespace
}  // namespace doorward::resources
