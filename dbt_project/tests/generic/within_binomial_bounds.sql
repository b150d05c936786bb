{#- Fails with the groups whose share of events lies further from the expected one than the score
    bounds of a binomial allow: |share - p| > z * sqrt(p * (1 - p) / n).

    The names of a day move together and the labels of `horizon` days overlap, so n counts days
    and divides them by the horizon: as if all names of a day were one draw. That is as cautious
    as can be; less dependence makes the true bounds narrower, never wider.

    events, rows, days: columns that are summed over each group (`by`); no day may be in two
    rows of a group. expected: the expected share, weighted by rows. -#}
{% test within_binomial_bounds(model, events, expected, rows, days, by, z=3) %}

{% set groups = by | join(', ') %}

with totals as (

    select
        {{ groups }},
        sum({{ events }}) / cast(sum({{ rows }}) as double precision) as observed,
        sum({{ expected }} * {{ rows }}) / sum({{ rows }}) as expected,
        sum({{ days }}) / cast(max(horizon) as double precision) as n_independent
    from {{ model }}
    group by {{ groups }}

)

select *
from totals
where abs(observed - expected) > {{ z }} * sqrt(expected * (1 - expected) / n_independent)

{% endtest %}
