{#- Incremental strategy `replace_after`: the rows of each changed ticker after `after_dt` give way
    to the new ones, also where no new row takes their place. -#}
{% macro get_incremental_replace_after_sql(arg_dict) %}
    {% set target = arg_dict['target_relation'] %}
    {% set unseen %}
        from {{ ref('int_price_changes') }} where changed_at > {{ newest_change_in(target) }}
    {% endset %}
    delete from {{ target }} as outdated
    using (select ticker, min(after_dt) as after_dt {{ unseen }} group by ticker) as changes
    where
        outdated.ticker = changes.ticker
        and outdated.dt > changes.after_dt
        and {{ is_since('outdated.dt', 'select min(after_dt) + 1 ' ~ unseen, target) }};

    {{ get_incremental_append_sql(arg_dict) }}
{% endmacro %}
