{#- Incremental strategy `replace_days`: whole days give way, because every label of a day depends
    on that day's cross-section. The first of them is told apart, so that no engine reads the days
    before it. -#}
{% macro get_incremental_replace_days_sql(arg_dict) %}
    {% set touched %}
        select dt from ({{ label_days() }}) as days where is_touched
        union all
        select dt
        from {{ ref('int_trading_days') }}
        where not is_open and changed_at > {{ newest_change_in(arg_dict['target_relation']) }}
    {% endset %}
    delete from {{ arg_dict['target_relation'] }} as outdated
    using ({{ touched }}) as touched
    where
        outdated.dt = touched.dt
        and outdated.dt >= (select min(dt) from ({{ touched }}) as first_touched);

    {{ get_incremental_append_sql(arg_dict) }}
{% endmacro %}
