"""Frozen scores: no change of a word table, a weight or a library moves a score unseen.

`frozen_scores.csv` is reviewed like code. When a change is meant, write it anew and read the diff:
`python -m tests.matching.test_frozen`.
"""

import csv
from pathlib import Path

from tests.matching.conftest import listing

from ringfence.matching import compare
from ringfence.records import Query

FROZEN = Path(__file__).with_name("frozen_scores.csv")

PAIRS = [
    ("Hangzhou Hikvision Digital Technology Co., Ltd.", "Hikvision"),
    ("Hangzhou Hikvision Digital Tech", "Hangzhou Hikvision Digital Technology Co., Ltd."),
    ("Shenzhen Hikvision Digital Tech", "Hangzhou Hikvision Digital Technology Co., Ltd."),
    ("杭州海康威视数字技术股份有限公司", "Hangzhou Hikvision Digital Technology Co., Ltd."),
    ("Hangzhou Haikang Weishi", "Hangzhou Hikvision Digital Technology Co., Ltd."),
    ("和田地区公安局", "Hetian Prefecture Public Security Bureau"),
    ("昆明市公安局", "Hetian Prefecture Public Security Bureau"),
    ("新疆警察学院", "Xinjiang Police College"),
    ("Jiangxi Police College", "Xinjiang Police College"),
    ("哈爾濱工業大學", "Harbin Institute of Technology"),
    ("新疆生产建设兵团", "Xinjiang Production and Construction Corps (XPCC) Public Security Bureau"),
    (
        "Xinjiang Production and Construction Corps",
        "Xinjiang Production and Construction Corps (XPCC) Public Security Bureau",
    ),
    ("Rosneft", "Rosneft Research Institute"),
    ("Rosneft Reserch Institut", "Rosneft Research Institute"),
    (
        "中国电子科技集团公司第五十四研究所",
        "China Electronics Technology Group Corporation 54th Research Institute",
    ),
    ("Plant 39", "Plant 38"),
    ("Sergei Ivanov", "IVANOV, Sergey Petrovich"),
    ("S. P. Ivanov", "IVANOV, Sergey Petrovich"),
    ("Mohammed al-Zahrani", "ALZAHRANI, Muhammad"),
    ("Нuаwеі Тесhnоlоgіеѕ", "Huawei Technologies Co., Ltd."),
    ("H.u.a.w.e.i", "Huawei"),
    ("HuaweiTechnologies", "Huawei Technologies Co., Ltd."),
    ("Huawie Technolgies", "Huawei Technologies Co., Ltd."),
    ("Zhongguo Guofang Jish", "Zhongguo Guofang Jishu Gongye"),
    ("SHATROU, Alyaksandr", "SHATROU, Aliaksandr"),
    ("Carvana Co.", "Huawei Technologies Co., Ltd."),
    ("Kala Naft", "KALANAFT"),
    ("CNOOC", "China National Offshore Oil Corporation"),
    ("OOO Novikom", "Novikombank AO"),
    ("Общество с ограниченной ответственностью Щёлково", "Shchelkovo LLC"),
    ("شركة محمد", "Muhammad Company"),
    ("Global Trading Co", "Global Trading LLC"),
    ("University of Wilmington", "Wilmington General Trading LLC"),
]


def scores() -> list[list[str]]:
    """Every pair with its score, by the usual rarities."""
    return [
        [asked, listed, f"{compare(Query(name=asked), listing(listed)).score:.4f}"] for asked, listed in PAIRS
    ]


def test_no_score_moved_unseen() -> None:
    with FROZEN.open(encoding="utf-8", newline="") as file:
        frozen = list(csv.reader(file))[1:]
    assert scores() == frozen


if __name__ == "__main__":
    with FROZEN.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["asked", "listed", "score"])
        writer.writerows(scores())
