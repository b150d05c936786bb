{#- Fails with the days on which two models have different numbers of rows: a join lost or doubled
    some. Where `model` is a part of itself, its first day is where the comparison begins. -#}
{% test equal_rowcount(model, compare_model) %}

{% set first %}select coalesce(min(dt), date '0001-01-01') from {{ model }}{% endset %}

select
    coalesce(counted.dt, compared.dt) as dt,
    counted.n_rows,
    compared.n_rows as n_rows_compared
from (
    select dt, count(*) as n_rows
    from {{ model }}
    group by dt
) as counted
full join (
    select dt, count(*) as n_rows
    from {{ compare_model }}
    where {{ is_since('dt', first, compare_model) }}
    group by dt
) as compared on counted.dt = compared.dt
where counted.n_rows is distinct from compared.n_rows

{% endtest %}
