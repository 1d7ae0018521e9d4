"""The words of the corpus: file names seen in the wild, and whatever the standards let people write."""

from __future__ import annotations

REAL_FILES = (
    "Babel-2.9.1-py2.py3-none-any.whl",
    "beautifulsoup4-4.12.3.tar.gz",
    "backports.ssl_match_hostname-3.7.0.1.tar.gz",
    "backports.zoneinfo-0.2.1-cp38-cp38-win_amd64.whl",
    "black-24.4.2-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "boto3-1.34.100-py3-none-any.whl",
    "certifi-2024.2.2-py3-none-any.whl",
    "cffi-1.16.0-pp39-pypy39_pp73-win_amd64.whl",
    "collective.z3cform.datagridfield-3.0.2.tar.gz",
    "cryptography-42.0.7-cp39-abi3-musllinux_1_2_aarch64.whl",
    "Cython-3.0.10-cp312-cp312-macosx_10_9_x86_64.whl",
    "discord.py-2.3.2-py3-none-any.whl",
    "Django-5.0.6.tar.gz",
    "django-allauth-0.63.1.tar.gz",
    "docutils-0.21.2-py3-none-any.whl",
    "et_xmlfile-1.1.0-py3-none-any.whl",
    "Flask_SQLAlchemy-2.5.1-py2.py3-none-any.whl",
    "Flask-Login-0.6.3.tar.gz",
    "google-api-python-client-2.129.0.tar.gz",
    "graphene-3.3-py2.py3-none-any.whl",
    "html5lib-1.1-py2.py3-none-any.whl",
    "importlib_metadata-7.1.0-py3-none-any.whl",
    "jaraco.classes-3.4.0-py3-none-any.whl",
    "Keras_Preprocessing-1.1.2-py2.py3-none-any.whl",
    "lxml-5.2.2-cp310-cp310-manylinux_2_12_i686.manylinux2010_i686.manylinux_2_24_i686.whl",
    "MarkupSafe-2.1.5-cp37-cp37m-musllinux_1_1_i686.whl",
    "mypy_boto3_s3-1.34.91-py3-none-any.whl",
    "msgpack-python-0.5.6.tar.gz",
    "numpy-1.26.4-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl",
    "nvidia_cublas_cu12-12.4.5.8-py3-none-manylinux2014_x86_64.whl",
    "opencv-python-4.9.0.80.tar.gz",
    "oslo.config-9.4.0-py3-none-any.whl",
    "pandas-2.2.2-cp39-cp39-win_amd64.whl",
    "pip-24.0-py3-none-any.whl",
    "Products.CMFPlone-6.0.11.tar.gz",
    "protobuf-5.26.1-cp310-abi3-win32.whl",
    "psycopg2-2.9.9.tar.gz",
    "pyasn1_modules-0.4.0-py3-none-any.whl",
    "PyJWT-2.8.0-py3-none-any.whl",
    "pyobjc_framework_Cocoa-10.2-cp36-abi3-macosx_11_0_universal2.whl",
    "python-dateutil-2.9.0.post0.tar.gz",
    "pytz-2024.1-py2.py3-none-any.whl",
    "pywin32-306-cp38-cp38-win32.whl",
    "PyYAML-6.0.1-cp36-cp36m-macosx_10_9_x86_64.whl",
    "repoze.lru-0.7-py3-none-any.whl",
    "ruamel.yaml.clib-0.2.8-cp312-cp312-musllinux_1_1_x86_64.whl",
    "scikit-learn-1.5.0rc1.tar.gz",
    "setuptools_scm-8.1.0-py3-none-any.whl",
    "simplejson-3.19.2-cp39-cp39-macosx_10_9_x86_64.whl",
    "six-1.16.0-py2.py3-none-any.whl",
    "snowballstemmer-2.2.0-py2.py3-none-any.whl",
    "SQLAlchemy-2.0.30-cp38-cp38-musllinux_1_2_aarch64.whl",
    "tensorflow-2.16.1-cp311-cp311-win_amd64.whl",
    "torch-2.3.0+cu121-cp311-cp311-linux_x86_64.whl",
    "torchvision-0.18.0+cpu-cp38-cp38-win_amd64.whl",
    "triton-2.1.0-0-cp310-cp310-manylinux2014_x86_64.whl",
    "Twisted-24.3.0-py3-none-any.whl",
    "types_PyYAML-6.0.12.20240311-py3-none-any.whl",
    "uWSGI-2.0.25.1.zip",
    "WTForms-3.1.2.zip",
    "xgboost-2.0.3-py3-none-macosx_10_15_x86_64.macosx_11_0_x86_64.macosx_12_0_x86_64.whl",
    "z3c.recipe.filestorage-1.1.2.zip",
    "zope.interface-6.4-cp312-cp312-win_amd64.whl",
)

# Each is one version, spelled as a build tool might: some are the same version in other words.
VERSIONS = (
    *("0", "1", "1.0", "1.0.0", "v1.0", "10", "0.0.0", "1.2.3.4.5.6.7.8", "2026.11.22", "20261122103000"),
    *("99999999999999999999.0", "007.1", "1!0.1", "0!1.0", "2026!1.0rc1.post2.dev3"),
    *("1.0a1", "1.0b2", "1.0rc3", "1.0.RC1", "1.0.alpha.1", "1.0_beta_2", "1.0c4", "1.0preview5", "1.0a"),
    *("1.0.post1", "1.0.post", "1.0_rev2", "1.0r3", "1.0a1.post2", "1.0.post1.dev2"),
    *("1.0.dev0", "1.0.dev20261122", "1.0dev", "1.0a1.dev1"),
    *("1.0+local", "1.0+1", "1.0+ubuntu.22.04.1", "1.0+Ubuntu_1", "1.0+0.abc.07"),
    *("1!1.0rc1.post2.dev3+local.7", "1.0.dev0+g1a2b3c4.d20261122"),
)

NAMES = (
    *("a", "Z", "7", "0", "00", "42-is-the-name", "1.0", "2-1.0", "1.0.post1", "v1"),
    *("MixedCase", "UPPER", "camelCase.With_Under-Scores", "dots.in.the.name", "under_scores"),
    *("Runs--of---hyphens", "runs..of...dots", "runs_.-of._-all", "a-_.b", "a.-1", "A__b.__.c"),
    *("simple", "packages", "index", "index.html", "index.json", "config", "users.json", "none", "null"),
    *("con", "NUL", "aux.py", "http", "https-example.com", "javascript", "metadata", "py3-none-any", "whl"),
    *("name.whl", "name-1.0.tar.gz", "name.zip", "name.metadata", "tar.gz", "xn--bcher-kva", "a" * 210),
    *("-".join(["long"] * 42), "9" * 64),
)

TAGS = (
    *("1-py3-none-any", "0-py3-none-any", "007-py3-none-any", "42abc-py3-none-any"),
    *("1_local.build-py3-none-any", "20261122-py2.py3-none-any", "py2.py30.py3-none-any"),
    *("cp310.cp311-cp310.cp311-linux_x86_64", "cp313-cp313t-ios_13_0_arm64_iphoneos"),
    *("cp312-abi3-android_21_arm64_v8a", "cp313-cp313-pyodide_2026_0_wasm32"),
    *("cp27-cp27mu-manylinux1_x86_64", "jy27-none-java", "ip2-none-win_ia64", "py3-none-linux_armv6l"),
)

# Further lines of METADATA and PKG-INFO.
HEADERS: tuple[tuple[str, ...], ...] = (
    ("Summary: Ein Paket für alle – 日本語, עברית, 🐍", "Author: Zoë Ångström"),
    ("Author-email: =?utf-8?q?Zo=C3=AB?= <zoe@example.com>", "Keywords: größe,длина,长度"),
    ("Requires-Python: >=3.8,\n   <4,!=3.9.*",),
    ("Requires-Python:",),
    ("Requires-Python: >=3.9\u00a0,<4\u2003",),
    ("Requires-Python: ===☃<&>\"'",),
    ("Requires-Python: ===3\x1b[31m",),
    ("Requires-Python: ~=3.8, !=3.9.*, !=3.10.0rc1, ===3.11",),
    ("Requires-Python: >= 3.8",),
    ("Requires-Python: >=3.9,",),
    ("Requires-Python: <99999999999999999999!7",),
    ("Requires-Dist: other; platform_machine == 'ünïcode'",),
    ("Requires-Dist: other @ https://example.com/other-1.0-py3-none-any.whl?a=1&b=<2>",),
    ("Requires-Dist: Other.Name[a,B_c] (>=1.0,<2) ; python_version < '4' and extra == 'tests'",),
    ("Provides-Extra: tests", "Provides-Extra: All.The_Things", "Requires-Dist: pytest ; extra == 'tests'"),
    ("Dynamic: License-File", "Dynamic: Summary"),
    ("Dynamic: Requires-Dist",),
    ("Dynamic: REQUIRES-PYTHON", "Dynamic: classifier"),
    ("Dynamic: Provides-Extra",),
    ("Project-URL: Größe & <Länge>, https://example.com/ü", "Home-page: https://例え.テスト/"),
    ("License-Expression: MIT OR Apache-2.0", "License-File: LICENSES/MIT.txt"),
    ("Classifier: Private :: Do Not Upload", "Requires-External: libgrößer (>=2)"),
)

METADATA_VERSIONS = ("1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6")

DESCRIPTION = "# Größe\n\n<script>alert('日本語')</script>\n\n\x1b[31m\u2028\ufeff🐍\n"

# Why a file was yanked, or what was said of a project's status. True: nothing was said.
REASONS: tuple[str | bool, ...] = (
    True,
    "broken",
    "false",
    " ",
    "a & b &amp; c &lt; &copy &#60; %2B + %",
    "\"><script>alert('1')</script><a href=\"https://example.com/evil-1.0.tar.gz",
    '</title></head><meta name="s3pypi:generation" content="999">\n<base href="https://example.com/">',
    "<!-- --> ]]> <![CDATA[ ?> ' ` = {{ }} ${HOME} \\ \\u0000",
    "two\nlines\tand a tab",
    "a form\x0cfeed and\r\nWindows' line ends",
    "\x00\x01\x1b[31mred\x7f\x85\x9f",
    "\ufeff\u2028\u2029\u200b\u202eright to left\u202c",
    "\ufdd0\ufffe\uffff\U0001fffe\U0010ffff",
    "日本語 עברית ☃ 👩\u200d👩\u200d👧 e\u0301",
    "long " * 2000,
)

STATUSES = ("archived", "deprecated", "quarantined")
